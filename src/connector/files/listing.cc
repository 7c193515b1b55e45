#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <tuple>

#include "connector/files/listing_internal.h"

namespace oresmith::connector {

namespace {

// Folders inside each other; a link that leads back up ends here.
constexpr int kFolderDepthMax = 64;

std::string ErrnoText() { return std::generic_category().message(errno); }

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

FileEntry ToEntry(std::string path, const struct stat& info) {
  return {.path = std::move(path),
          .size = info.st_size,
          .modified_micros = info.st_mtim.tv_sec * 1000000 + info.st_mtim.tv_nsec / 1000};
}

class Lister {
 public:
  explicit Lister(std::string_view name_pattern) : name_pattern_(name_pattern) {}

  // All files below the folder, which must be there unless it is `deep`: then it may have gone.
  Status AddFolder(const std::string& path, int depth) {
    if (depth > kFolderDepthMax) {
      return Fail(MakeError(ErrorKind::kInvalidInput, "list {}: folders lie more than {} deep",
                            path, kFolderDepthMax)
                      .WithFix("is there a link that leads to a folder above?"));
    }
    const Folder folder(opendir(path.c_str()));
    if (folder == nullptr) {
      if (depth > 0 && errno == ENOENT) return {};
      return Fail(ErrorKind::kUnavailable, "list {}: {}", path, ErrnoText());
    }
    for (;;) {
      errno = 0;
      const dirent* const entry = readdir(folder.get());
      if (entry == nullptr) {
        if (errno == 0) return {};
        return Fail(ErrorKind::kUnavailable, "list {}: {}", path, ErrnoText());
      }
      const std::string_view name = entry->d_name;
      if (IsUnfinishedName(name)) continue;
      if (entry->d_type == DT_REG && !Wanted(name)) continue;
      struct stat info {};
      if (fstatat(dirfd(folder.get()), entry->d_name, &info, 0) != 0) {
        if (errno == ENOENT) continue;
        return Fail(ErrorKind::kUnavailable, "list {}/{}: {}", path, name, ErrnoText());
      }
      std::string inner = path == "/" ? path : path + "/";
      inner += name;
      if (S_ISDIR(info.st_mode)) {
        TRY_DO(AddFolder(inner, depth + 1));
      } else if (S_ISREG(info.st_mode) && Wanted(name)) {
        files_.push_back(ToEntry(std::move(inner), info));
      }
    }
  }

  // What the segments from `at` on give below `base`, which exists.
  Status AddGlob(const std::string& base, const std::vector<std::string>& segments, size_t at) {
    if (at == segments.size()) return AddPath(base);
    const std::string prefix = base == "/" ? base : base + "/";
    if (!HasGlob(segments[at])) {
      struct stat info {};
      const std::string next = prefix + segments[at];
      if (stat(next.c_str(), &info) != 0) return {};
      return AddGlob(next, segments, at + 1);
    }
    const Folder folder(opendir(base.c_str()));
    if (folder == nullptr) {
      if (errno == ENOTDIR || errno == ENOENT) return {};
      return Fail(ErrorKind::kUnavailable, "list {}: {}", base, ErrnoText());
    }
    while (const dirent* const entry = readdir(folder.get())) {
      const std::string_view name = entry->d_name;
      if (IsUnfinishedName(name) || !MatchesGlob(segments[at], name)) continue;
      TRY_DO(AddGlob(prefix + std::string(name), segments, at + 1));
    }
    return {};
  }

  Status AddPath(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) return {};
      return Fail(ErrorKind::kUnavailable, "list {}: {}", path, ErrnoText());
    }
    if (S_ISDIR(info.st_mode)) return AddFolder(path, 0);
    const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
    if (S_ISREG(info.st_mode) && Wanted(name)) files_.push_back(ToEntry(path, info));
    return {};
  }

  std::vector<FileEntry> Sorted() && {
    std::sort(files_.begin(), files_.end(), [](const FileEntry& a, const FileEntry& b) {
      return std::tie(a.modified_micros, a.path) < std::tie(b.modified_micros, b.path);
    });
    // Two alternatives of a glob may give one file.
    files_.erase(
        std::unique(files_.begin(), files_.end(),
                    [](const FileEntry& a, const FileEntry& b) { return a.path == b.path; }),
        files_.end());
    return std::move(files_);
  }

 private:
  bool Wanted(std::string_view name) const {
    return name_pattern_.empty() || MatchesGlob(name_pattern_, name);
  }

  std::string_view name_pattern_;
  std::vector<FileEntry> files_;
};

std::vector<std::string> Segments(const std::string& path) {
  std::vector<std::string> segments;
  size_t begin = 0;
  for (size_t i = 0; i <= path.size(); ++i) {
    if (i < path.size() && path[i] != '/') continue;
    if (i > begin) segments.push_back(path.substr(begin, i - begin));
    begin = i + 1;
  }
  return segments;
}

Error NotFound(const std::string& path) {
  return MakeError(ErrorKind::kNotFound, "{}: no such folder or file", path)
      .WithFix(
          "create the folder, or correct the path; relative paths start at the working folder");
}

}  // namespace

bool IsUnfinishedName(std::string_view name) {
  if (name.empty() || name.front() == '.') return true;
  if (name.front() == '_' && name.find('=') == std::string_view::npos) return true;
  return name.ends_with(".tmp");
}

Result<std::vector<FileEntry>> ListFiles(const std::string& path, std::string_view name_pattern) {
  Lister lister(name_pattern);
  struct stat info {};
  // A file may be called like a glob.
  if (stat(path.c_str(), &info) == 0) {
    TRY_DO(lister.AddPath(path));
    return std::move(lister).Sorted();
  }
  if (!HasGlob(path)) return Fail(NotFound(path));
  for (const std::string& pattern : ExpandSlashes(path)) {
    const std::vector<std::string> segments = Segments(pattern);
    std::string base;
    size_t at = 0;
    while (at < segments.size() && !HasGlob(segments[at])) base += "/" + segments[at++];
    if (base.empty()) base = "/";
    if (stat(base.c_str(), &info) != 0) return Fail(NotFound(base));
    TRY_DO(lister.AddGlob(base, segments, at));
  }
  return std::move(lister).Sorted();
}

}  // namespace oresmith::connector

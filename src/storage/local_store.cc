#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "storage/key_internal.h"
#include "storage/parallel_sync_internal.h"
#include "storage/posix_internal.h"
#include "storage/store.h"

namespace oresmith::storage {
namespace {

// What a killed process leaves behind. Lists do not show it.
constexpr std::string_view kTemporaryPrefix = ".oresmith-tmp-";
// A tree deeper than this is a loop of mounts, or an attack.
constexpr int kFolderDepthMax = 64;

std::string FolderOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// A new file under a temporary name in the folder where it will stay. Removed if not published.
class TemporaryFile {
 public:
  TemporaryFile(TemporaryFile&& other) noexcept
      : file_(std::move(other.file_)),
        path_(std::exchange(other.path_, {})),
        final_path_(std::move(other.final_path_)) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() { Remove(); }

  /// `counter` makes the name differ from all others of this process.
  static Result<TemporaryFile> Create(const std::string& final_path,
                                      std::atomic<uint64_t>& counter) {
    const std::string folder = FolderOf(final_path);
    while (true) {
      const std::string path = fmt::format("{}/{}{}-{}", folder, kTemporaryPrefix, ::getpid(),
                                           counter.fetch_add(1, std::memory_order_relaxed));
      FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      if (file.is_open()) return TemporaryFile(std::move(file), path, final_path);
      if (errno == ENOENT) {
        // Only the first file in a folder pays for looking whether the folder exists.
        TRY_DO(MakeFolders(folder));
        continue;
      }
      // EEXIST: a killed process that had our number, or a second store of ours. Count on.
      if (errno != EEXIST && errno != EINTR) return Fail(SystemError("write", final_path, errno));
    }
  }

  Status Write(std::string_view bytes) { return WriteAll(file_, final_path_, bytes); }

  Status Sync() const { return SyncFile(file_, final_path_); }

  /// Makes it visible under its final name, durably, if there is nothing of that name.
  Status PublishIfAbsent() {
    TRY_DO(Sync());
    return PublishSynced();
  }

  /// As PublishIfAbsent, after Sync.
  Status PublishSynced() {
    TRY_DO(Publish());
    file_.Reset();
    return SyncFolder(FolderOf(final_path_));
  }

  /// Makes it visible, not durable, under its final name, if there is nothing of that name.
  Status Publish() {
    // link, not rename: it never replaces, and of two processes exactly one gets the name.
    if (::link(path_.c_str(), final_path_.c_str()) != 0) {
      const int error_number = errno;
      // NFS may say "exists" of the link that this very call has made.
      if (!HasTwoNames()) return Fail(PublishError(error_number));
    }
    Remove();
    return {};
  }

  /// As PublishIfAbsent, but takes the place of what is there.
  Status PublishOver() {
    TRY_DO(Sync());
    file_.Reset();
    if (::rename(path_.c_str(), final_path_.c_str()) != 0) {
      return Fail(SystemError("write", final_path_, errno));
    }
    path_.clear();
    return SyncFolder(FolderOf(final_path_));
  }

  const std::string& final_path() const { return final_path_; }

 private:
  TemporaryFile(FileDescriptor file, std::string path, std::string final_path)
      : file_(std::move(file)), path_(std::move(path)), final_path_(std::move(final_path)) {}

  bool HasTwoNames() const {
    struct stat status = {};
    return ::stat(path_.c_str(), &status) == 0 && status.st_nlink == 2;
  }

  Error PublishError(int error_number) const {
    if (error_number != EEXIST) return SystemError("write", final_path_, error_number);
    return MakeError(ErrorKind::kAlreadyExists, "write {}: there is a file of that name",
                     final_path_);
  }

  void Remove() {
    // A temporary file that stays is hidden from lists and harmless.
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
  }

  FileDescriptor file_;
  std::string path_;  // empty when it is gone
  std::string final_path_;
};

class LocalInput final : public InputFile {
 public:
  LocalInput(FileDescriptor file, std::string path, int64_t size_bytes)
      : file_(std::move(file)), path_(std::move(path)), size_bytes_(size_bytes) {}
  int64_t size_bytes() const override { return size_bytes_; }

  Result<int64_t> ReadAt(int64_t offset, int64_t out_bytes, void* out) override {
    int64_t done = 0;
    while (done < out_bytes) {
      const ssize_t count = ::pread(file_.number(), static_cast<char*>(out) + done,
                                    static_cast<size_t>(out_bytes - done), offset + done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return Fail(SystemError("read", path_, errno));
      if (count == 0) break;
      done += count;
    }
    return done;
  }

 private:
  FileDescriptor file_;
  std::string path_;
  int64_t size_bytes_;
};

/// A file that has its name.
class LocalUnsynced final : public Unsynced {
 public:
  explicit LocalUnsynced(TemporaryFile file)
      : file_(std::move(file)), folder_(FolderOf(file_->final_path())) {}

  Status Sync() override {
    if (!result_) {
      Status synced = SyncContents();
      if (synced) synced = SyncFolder(folder_);
      SetResult(std::move(synced));
    }
    return *result_;
  }

  bool is_known() const { return result_.has_value(); }
  Status SyncContents() const { return file_->Sync(); }
  const std::string& folder() const { return folder_; }
  void SetResult(Status result) {
    result_ = std::move(result);
    file_.reset();
  }

 private:
  std::optional<TemporaryFile> file_;  // until there is a result
  const std::string folder_;
  std::optional<Status> result_;
};

// Parquet writes many small pieces; a call to the system costs more than to copy them.
constexpr size_t kOutputBufferBytes = 64 * 1024;

class LocalOutput final : public OutputFile {
 public:
  explicit LocalOutput(TemporaryFile file) : file_(std::move(file)) {}
  Status Write(std::string_view bytes) override {
    if (buffer_.size() + bytes.size() > kOutputBufferBytes) TRY_DO(Flush());
    if (bytes.size() > kOutputBufferBytes) {
      TRY_DO(file_.Write(bytes));
    } else {
      buffer_ += bytes;
    }
    position_ += static_cast<int64_t>(bytes.size());
    return {};
  }
  int64_t position() const override { return position_; }
  Status Close() override {
    TRY_DO(Flush());
    return file_.PublishIfAbsent();
  }
  Result<std::shared_ptr<Unsynced>> CloseUnsynced() override {
    TRY_DO(Flush());
    TRY_DO(file_.Publish());
    return std::make_shared<LocalUnsynced>(std::move(file_));
  }

 private:
  Status Flush() {
    TRY_DO(file_.Write(buffer_));
    buffer_.clear();
    return {};
  }

  TemporaryFile file_;
  std::string buffer_;
  int64_t position_ = 0;
};

struct FolderCloser {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

struct FolderEntries {
  std::vector<ObjectInfo> files;
  std::vector<std::string> folders;  // keys
};

class LocalStore final : public Store {
 public:
  explicit LocalStore(std::string root) : root_(std::move(root)) {
    if (root_.empty()) root_ = ".";
    while (root_.size() > 1 && root_.ends_with('/')) root_.pop_back();
  }

  Status PutIfAbsent(const std::string& key, std::string_view bytes) override {
    TRY(TemporaryFile file, NewFile(key));
    TRY_DO(file.Write(bytes));
    return file.PublishIfAbsent();
  }

  Status PutIfAbsentAfter(const std::string& key, std::string_view bytes,
                          std::span<const std::shared_ptr<Unsynced>> first) override {
    TRY(TemporaryFile file, NewFile(key));
    TRY_DO(file.Write(bytes));
    TRY_DO(SyncAll(file, first));
    return file.PublishSynced();
  }

  Status Put(const std::string& key, std::string_view bytes) override {
    TRY(TemporaryFile file, NewFile(key));
    TRY_DO(file.Write(bytes));
    return file.PublishOver();
  }

  Result<std::string> Get(const std::string& key) override {
    TRY(const std::unique_ptr<InputFile> file, OpenInput(key));
    std::string bytes(static_cast<size_t>(file->size_bytes()), '\0');
    TRY(const int64_t count, file->ReadAt(0, file->size_bytes(), bytes.data()));
    bytes.resize(static_cast<size_t>(count));
    return bytes;
  }

  Result<ObjectInfo> Head(const std::string& key) override {
    TRY_DO(CheckKey(key));
    const std::string path = PathOf(key);
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) return Fail(SystemError("read", path, errno));
    if (!S_ISREG(status.st_mode)) return Fail(SystemError("read", path, ENOENT));
    return ObjectInfo{key, status.st_size, ModifiedMillis(status)};
  }

  Result<std::vector<ObjectInfo>> List(const std::string& prefix, std::string_view from) override {
    TRY(FolderEntries entries, ReadFolder(prefix, from));
    std::ranges::sort(entries.files, {}, &ObjectInfo::key);
    return std::move(entries.files);
  }

  Result<std::vector<ObjectInfo>> ListRecursive(const std::string& prefix) override {
    std::vector<ObjectInfo> files;
    std::vector<std::string> level{prefix};
    for (int depth = 0; !level.empty(); ++depth) {
      if (depth > kFolderDepthMax) {
        return Fail(ErrorKind::kInvalidInput, "list {}: folders are nested deeper than {}",
                    PathOf(prefix), kFolderDepthMax);
      }
      std::vector<std::string> next;
      for (const std::string& folder : level) {
        TRY(FolderEntries entries, ReadFolder(folder, ""));
        std::ranges::move(entries.files, std::back_inserter(files));
        std::ranges::move(entries.folders, std::back_inserter(next));
      }
      level = std::move(next);
    }
    std::ranges::sort(files, {}, &ObjectInfo::key);
    return files;
  }

  Status Delete(const std::string& key) override {
    TRY_DO(CheckKey(key));
    const std::string path = PathOf(key);
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    return Fail(SystemError("delete", path, errno));
  }

  Result<std::unique_ptr<InputFile>> OpenInput(const std::string& key) override {
    TRY_DO(CheckKey(key));
    std::string path = PathOf(key);
    TRY(FileDescriptor file, OpenForReading(path));
    TRY(const struct stat status, StatusOf(file, path));
    if (S_ISDIR(status.st_mode)) return Fail(SystemError("read", path, EISDIR));
    return std::make_unique<LocalInput>(std::move(file), std::move(path), status.st_size);
  }

  Result<std::unique_ptr<OutputFile>> OpenOutput(const std::string& key) override {
    TRY(TemporaryFile file, NewFile(key));
    const std::string path = PathOf(key);
    if (::access(path.c_str(), F_OK) == 0) {
      return Fail(ErrorKind::kAlreadyExists, "write {}: there is a file of that name", path);
    }
    return std::make_unique<LocalOutput>(std::move(file));
  }

  std::string Describe(const std::string& key) const override { return PathOf(key); }

 private:
  std::string PathOf(const std::string& key) const {
    if (key.empty()) return root_;
    return root_ == "/" ? "/" + key : fmt::format("{}/{}", root_, key);
  }

  Result<TemporaryFile> NewFile(const std::string& key) {
    TRY_DO(CheckKey(key));
    return TemporaryFile::Create(PathOf(key), counter_);
  }

  /// `file` and all of `first`, at once.
  Status SyncAll(const TemporaryFile& file, std::span<const std::shared_ptr<Unsynced>> first) {
    std::vector<LocalUnsynced*> files;
    std::set<std::string> folders;
    for (const auto& written : first) {
      auto* const local = dynamic_cast<LocalUnsynced*>(written.get());
      if (local == nullptr || local->is_known()) {
        TRY_DO(written->Sync());
        continue;
      }
      files.push_back(local);
      folders.insert(local->folder());
    }
    std::vector<ParallelSync::Task> tasks;
    for (const LocalUnsynced* written : files) {
      tasks.emplace_back([written] { return written->SyncContents(); });
    }
    tasks.emplace_back([&] { return file.Sync(); });
    for (const std::string& folder : folders) {
      tasks.emplace_back([&] { return SyncFolder(folder); });
    }
    const std::vector<Status> results = sync_.Run(tasks);
    const auto first_failure = [](std::span<const Status> among) {
      const auto found = std::ranges::find_if(among, [](const Status& one) { return !one; });
      return found == among.end() ? Status() : *found;
    };
    const size_t own = files.size();
    const Status of_folders = first_failure(std::span(results).subspan(own + 1));
    for (size_t i = 0; i < own; ++i) files[i]->SetResult(results[i] ? of_folders : results[i]);
    return first_failure(results);
  }

  Result<FolderEntries> ReadFolder(const std::string& key, std::string_view from) const {
    TRY_DO(CheckPrefix(key));
    const std::string path = PathOf(key);
    const std::unique_ptr<DIR, FolderCloser> folder(::opendir(path.c_str()));
    FolderEntries entries;
    if (folder == nullptr) {
      if (errno == ENOENT) return entries;
      return Fail(SystemError("list", path, errno));
    }
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(folder.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == ".." || name.starts_with(kTemporaryPrefix)) continue;
      if (name < from && entry->d_type == DT_REG) continue;
      struct stat status = {};
      // Gone between the two calls: as if it had never been seen.
      if (::fstatat(::dirfd(folder.get()), entry->d_name, &status, 0) != 0) continue;
      if (S_ISDIR(status.st_mode)) entries.folders.push_back(JoinKey(key, name));
      if (!S_ISREG(status.st_mode) || name < from) continue;
      entries.files.push_back({JoinKey(key, name), status.st_size, ModifiedMillis(status)});
    }
    if (errno != 0) return Fail(SystemError("list", path, errno));
    return entries;
  }

  std::string root_;
  std::atomic<uint64_t> counter_ = 0;
  ParallelSync sync_;
};

}  // namespace

std::unique_ptr<Store> MakeLocalStore(std::string root) {
  return std::make_unique<LocalStore>(std::move(root));
}

}  // namespace oresmith::storage

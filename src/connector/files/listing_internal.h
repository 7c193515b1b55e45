#pragma once

// What lies in a folder: files that are ready to be read.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oresmith::connector {

struct FileEntry {
  std::string path;  ///< absolute
  int64_t size = 0;
  int64_t modified_micros = 0;  ///< since 1970
};

/// Hadoop's globs: `?`, `*` (also nothing), `[abc]`, `[a-z]`, `[^a]`, `{ab,c{d,e}}`, `\` before a
/// character that is meant itself. Within one name: neither `?` nor `*` matches a slash.
bool MatchesGlob(std::string_view pattern, std::string_view name);
/// `{a/b,c}/d` as `a/b/d` and `c/d`: alternatives with a slash concern more than one name. Others
/// stay.
std::vector<std::string> ExpandSlashes(const std::string& path);
bool HasGlob(std::string_view path);

/// Whether a file or folder of this name is hidden or still being written: it starts with `.` or
/// `_` (but `_a=1` is a partition), or ends with `.tmp`.
bool IsUnfinishedName(std::string_view name);

/// The files at `path`: the file itself, all files below a folder, or those that a glob gives. In
/// the order of modification time, then path. `name_pattern` is a glob for the files' names, or
/// empty. A file that vanishes while it is listed is left out.
/// Errors: kNotFound when there is no such folder or file (a glob that matches nothing is no error
/// if its fixed beginning exists), kUnavailable when it cannot be read.
Result<std::vector<FileEntry>> ListFiles(const std::string& path, std::string_view name_pattern);

}  // namespace oresmith::connector

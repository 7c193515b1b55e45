#include "delta/outside_file.h"

#include "delta/path.h"

namespace oresmith::delta {

Result<FilePlace> PlaceOfFile(storage::Store& store, const std::string& root,
                              const std::string& path) {
  if (!IsAbsolutePath(path)) return FilePlace{.store = &store, .key = KeyUnder(root, path)};
  const std::string base = store.Describe("");
  const std::string folder = base.ends_with('/') ? base : base + "/";
  if (path.starts_with(folder))
    return FilePlace{.store = &store, .key = path.substr(folder.size())};
  if (!base.starts_with('/') || !path.starts_with('/')) {
    Error error = MakeError(ErrorKind::kUnsupported,
                            "the file lies in another store than the table: {}", path);
    error.fix = "copy the table: CREATE TABLE new AS SELECT * FROM t, where both can be read";
    return Fail(std::move(error));
  }
  const size_t slash = path.rfind('/');
  FilePlace place;
  place.own = storage::MakeLocalStore(slash == 0 ? "/" : path.substr(0, slash));
  place.store = place.own.get();
  place.key = path.substr(slash + 1);
  return place;
}

}  // namespace oresmith::delta

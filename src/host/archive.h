// SPDX-License-Identifier: Apache-2.0
// How plain data becomes JSON and comes back: one listing of a structure's fields serves both.
//
//   template <typename Archive>
//   void fields(Archive& archive, Thing& it) { archive("name", it.name); … }
//
// A Writer called with such fields makes an object; a Reader checks one: a field that is missing or
// of another kind is an Error that names it ("nics[0].state.link.mtu"). Fields that nobody lists
// are left alone, so that an older program reads a newer file. Nothing here throws.
#pragma once

#include <fmt/format.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/figure.h"
#include "base/result.h"
#include "host/probe.h"

namespace nobounce::host {

/// The names of an enumeration's values, in their order from 0: specialised for each that is
/// archived.
template <typename Enum>
struct EnumNames;

inline constexpr const char* kNotAvailable = "not_available";

class Writer {
 public:
  template <typename T>
  void operator()(const char* name, T& value) {
    object_[name] = json_of(value);
  }

  template <typename T>
  static nlohmann::json json_of(T& value) {
    if constexpr (std::is_enum_v<T>) {
      return EnumNames<T>::kNames.at(static_cast<std::size_t>(value));
    } else if constexpr (std::integral<T> || std::same_as<T, std::string>) {
      return value;
    } else {
      return compound(value);
    }
  }

 private:
  template <typename T>
  static nlohmann::json compound(std::optional<T>& value) {
    return value ? json_of(*value) : nlohmann::json();
  }
  template <typename T>
  static nlohmann::json compound(std::vector<T>& values) {
    nlohmann::json array = nlohmann::json::array();
    for (T& value : values)
      array.push_back(json_of(value));
    return array;
  }
  template <typename T, typename Less>
  static nlohmann::json compound(std::map<std::string, T, Less>& values) {
    nlohmann::json object = nlohmann::json::object();
    for (auto& [name, value] : values)
      object[name] = json_of(value);
    return object;
  }
  template <typename T>
  static nlohmann::json compound(Figure<T>& figure) {
    if (!figure.is_available()) return {{kNotAvailable, figure.missing_probe()}};
    T value = figure.value();
    return json_of(value);
  }
  template <typename T>
  static nlohmann::json compound(Result<T>& result) {
    if (!result) return {{kNotAvailable, result.error().cause}};
    return json_of(*result);
  }
  static nlohmann::json compound(Probe& probe) {
    if (probe.works()) return true;
    return {{"failed", probe.failed}, {"fix", probe.fix}};
  }
  template <typename T>
  static nlohmann::json compound(T& structure) {
    Writer writer;
    fields(writer, structure);
    return std::move(writer.object_);
  }

  nlohmann::json object_ = nlohmann::json::object();
};

class Reader {
 public:
  /// Fills `value` from `json`, which is called `path` in the Error.
  template <typename T>
  static Status read(const nlohmann::json& json, const std::string& path, T& value) {
    if constexpr (std::same_as<T, bool>) {
      if (!json.is_boolean()) return refuse(path, "true or false");
      value = json.get<bool>();
      return {};
    } else if constexpr (std::integral<T>) {
      return number(json, path, value);
    } else if constexpr (std::same_as<T, std::string>) {
      if (!json.is_string()) return refuse(path, "a text");
      value = json.get<std::string>();
      return {};
    } else if constexpr (std::is_enum_v<T>) {
      return name(json, path, value);
    } else {
      return compound(json, path, value);
    }
  }

  template <typename T>
  void operator()(const char* name, T& value) {
    if (!status_) return;
    const std::string path = path_.empty() ? name : path_ + "." + name;
    const auto found = object_.find(name);
    status_ = found == object_.end() ? refuse(path, "there") : read(*found, path, value);
  }

 private:
  Reader(const nlohmann::json& object, std::string path)
      : object_(object), path_(std::move(path)) {}

  static Status refuse(const std::string& path, std::string_view wanted) {
    return fail({.code = Code::kProtocol,
                 .sys_errno = 0,
                 .operation = "read",
                 .object = "host snapshot",
                 .cause = fmt::format("{} is not {}", path.empty() ? "it" : path, wanted),
                 .fix = "record it again with nobounce doctor --json=FILE"});
  }

  template <typename T>
  static Status number(const nlohmann::json& json, const std::string& path, T& value) {
    // What is not negative is kept as unsigned, whatever its size.
    if (json.is_number_unsigned() && std::in_range<T>(json.get<std::uint64_t>())) {
      value = static_cast<T>(json.get<std::uint64_t>());
      return {};
    }
    if (json.is_number_integer() && !json.is_number_unsigned() &&
        std::in_range<T>(json.get<std::int64_t>())) {
      value = static_cast<T>(json.get<std::int64_t>());
      return {};
    }
    return refuse(path, "a whole number in range");
  }

  template <typename Enum>
  static Status name(const nlohmann::json& json, const std::string& path, Enum& value) {
    if (json.is_string()) {
      const auto& names = EnumNames<Enum>::kNames;
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (json.get_ref<const std::string&>() != names[i]) continue;
        value = static_cast<Enum>(i);
        return {};
      }
    }
    return refuse(path, "one of its names");
  }

  template <typename T>
  static Status compound(const nlohmann::json& json, const std::string& path,
                         std::optional<T>& value) {
    value.reset();
    return json.is_null() ? Status() : read(json, path, value.emplace());
  }
  template <typename T>
  static Status compound(const nlohmann::json& json, const std::string& path,
                         std::vector<T>& values) {
    if (!json.is_array()) return refuse(path, "a list");
    values.clear();
    for (const nlohmann::json& entry : json) {
      const std::string name = fmt::format("{}[{}]", path, values.size());
      NB_TRY(read(entry, name, values.emplace_back()));
    }
    return {};
  }
  template <typename T, typename Less>
  static Status compound(const nlohmann::json& json, const std::string& path,
                         std::map<std::string, T, Less>& values) {
    if (!json.is_object()) return refuse(path, "an object");
    values.clear();
    for (const auto& [key, entry] : json.items()) {
      NB_TRY(read(entry, path + "." + key, values[key]));
    }
    return {};
  }
  template <typename T>
  static Status compound(const nlohmann::json& json, const std::string& path, Figure<T>& figure) {
    NB_ASSIGN(auto missing, missing_probe(json, path));
    if (missing) {
      figure = NotAvailable{std::move(*missing)};
      return {};
    }
    T value{};
    NB_TRY(read(json, path, value));
    figure = std::move(value);
    return {};
  }
  template <typename T>
  static Status compound(const nlohmann::json& json, const std::string& path, Result<T>& result) {
    NB_ASSIGN(auto missing, missing_probe(json, path));
    if (missing) {
      result = fail({.code = Code::kUnsupported, .cause = std::move(*missing)});
      return {};
    }
    result = T{};
    return read(json, path, *result);
  }
  static Status compound(const nlohmann::json& json, const std::string& path, Probe& probe) {
    if (json == true) {
      probe = Probe::yes();
      return {};
    }
    if (!json.is_object()) return refuse(path, "true or the probe that failed");
    Reader reader(json, path);
    reader("failed", probe.failed);
    reader("fix", probe.fix);
    if (reader.status_ && probe.works()) return refuse(path, "a probe that failed");
    return reader.status_;
  }
  template <typename T>
  static Status compound(const nlohmann::json& json, const std::string& path, T& structure) {
    if (!json.is_object()) return refuse(path, "an object");
    Reader reader(json, path);
    fields(reader, structure);
    return reader.status_;
  }

  /// The probe that a missing figure names.
  static Result<std::optional<std::string>> missing_probe(const nlohmann::json& json,
                                                          const std::string& path) {
    std::optional<std::string> missing;
    if (!json.is_object() || !json.contains(kNotAvailable)) return missing;
    NB_TRY(read(json[kNotAvailable], path, missing.emplace()));
    return missing;
  }

  const nlohmann::json& object_;
  std::string path_;
  Status status_;
};

}  // namespace nobounce::host

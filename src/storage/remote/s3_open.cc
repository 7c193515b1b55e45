#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>

#include "storage/remote/encoding_internal.h"
#include "storage/remote/s3_internal.h"
#include "storage/remote/settings_internal.h"
#include "storage/remote/token_internal.h"
#include "storage/remote/xml_internal.h"

namespace oresmith::storage {
namespace {

using Found = std::optional<Leased<S3Credential>>;

std::string Trim(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// The keys of one section: "[default]", and "[profile x]" as ~/.aws/config writes it.
std::map<std::string, std::string> ReadProfile(const std::string& text, const std::string& name) {
  std::map<std::string, std::string> values;
  std::istringstream lines(text);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    line = Trim(line);
    if (line.starts_with('[')) {
      inside = line == "[" + name + "]" || line == "[profile " + name + "]";
    } else if (const size_t equals = line.find('='); inside && equals != std::string::npos) {
      values[Trim(line.substr(0, equals))] = Trim(line.substr(equals + 1));
    }
  }
  return values;
}

/// What the container's and the instance's metadata give out.
Result<Leased<S3Credential>> ReadCredentialJson(const HttpResponse& response) {
  const auto json = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  const auto text = [&json](const char* name) {
    const bool there = json.is_object() && json.contains(name) && json[name].is_string();
    return there ? json[name].get<std::string>() : std::string();
  };
  Leased<S3Credential> credential{
      .value = {text("AccessKeyId"), text("SecretAccessKey"), text("Token")}};
  if (credential.value.access_key.empty() || credential.value.secret_key.empty()) {
    return Fail(ErrorKind::kUnavailable, "credentials: the metadata service's answer has no key");
  }
  credential.expires_ms = ParseTime(text("Expiration")).value_or(kNeverMillis);
  return credential;
}

/// Looks where AWS's own tools look, in their order, and remembers where.
/// Source: "Credential provider chain", AWS SDKs and Tools Reference Guide.
class S3Chain {
 public:
  S3Chain(Settings settings, std::string bucket, Remote& remote)
      : settings_(std::move(settings)), bucket_(std::move(bucket)), remote_(remote) {}

  Result<Leased<S3Credential>> Fetch() {
    for (const auto source :
         {&S3Chain::FromSettings, &S3Chain::FromEnvironment, &S3Chain::FromWebIdentity,
          &S3Chain::FromFile, &S3Chain::FromContainer, &S3Chain::FromInstance}) {
      TRY(Found found, (this->*source)());
      if (!found) continue;
      remote_.secrets.Add(found->value.secret_key);
      remote_.secrets.Add(found->value.session_token);
      return std::move(*found);
    }
    return Fail(MakeError(ErrorKind::kInvalidInput, "no credentials for S3; looked at: {}", looked_)
                    .WithFix("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                             "fs.s3a.access.key and fs.s3a.secret.key: "
                             "${env:NAME} keeps them out of files"));
  }

 private:
  std::optional<std::string> Setting(const std::string& rest) const {
    return settings_.Find({"fs.s3a.bucket." + bucket_ + "." + rest, "fs.s3a." + rest});
  }
  Result<Found> NotAt(std::string_view place) {
    looked_ += (looked_.empty() ? "" : "; ") + std::string(place);
    return Found{};
  }
  /// Half a credential is a mistake, not a reason to look elsewhere.
  static Error Half(std::string_view there, std::string_view missing) {
    return MakeError(ErrorKind::kInvalidInput, "credentials for S3: {} is set, {} is not", there,
                     missing);
  }
  static Found Of(std::string key, std::string secret, std::optional<std::string> token) {
    return Leased<S3Credential>{
        .value = {std::move(key), std::move(secret), std::move(token).value_or("")}};
  }

  Result<Found> FromSettings() {
    const auto key = Setting("access.key");
    const auto secret = Setting("secret.key");
    if (!key && !secret) return NotAt("the settings fs.s3a.access.key, fs.s3a.secret.key");
    if (!secret) return Fail(Half("fs.s3a.access.key", "fs.s3a.secret.key"));
    if (!key) return Fail(Half("fs.s3a.secret.key", "fs.s3a.access.key"));
    return Of(*key, *secret, Setting("session.token"));
  }

  Result<Found> FromEnvironment() {
    const auto key = settings_.Environment("AWS_ACCESS_KEY_ID");
    const auto secret = settings_.Environment("AWS_SECRET_ACCESS_KEY");
    if (!key && !secret) return NotAt("the environment's AWS_ACCESS_KEY_ID");
    if (!secret) return Fail(Half("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"));
    if (!key) return Fail(Half("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"));
    return Of(*key, *secret, settings_.Environment("AWS_SESSION_TOKEN"));
  }

  /// A Kubernetes service account that stands for a role. Source: AWS STS API Reference,
  /// AssumeRoleWithWebIdentity.
  Result<Found> FromWebIdentity() {
    const auto file = settings_.Environment("AWS_WEB_IDENTITY_TOKEN_FILE");
    const auto role = settings_.Environment("AWS_ROLE_ARN");
    if (!file || !role) return NotAt("AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN");
    const auto token = ReadTextFile(*file);
    if (!token) {
      return Fail(ErrorKind::kInvalidInput,
                  "credentials for S3: AWS_WEB_IDENTITY_TOKEN_FILE: "
                  "cannot read {}",
                  *file);
    }
    remote_.secrets.Add(Trim(*token));
    const std::string region = settings_.Environment("AWS_REGION").value_or("us-east-1");
    TRY(const Endpoint endpoint,
        ParseEndpoint("AWS_ENDPOINT_URL_STS",
                      settings_.Environment("AWS_ENDPOINT_URL_STS")
                          .value_or(fmt::format("https://sts.{}.amazonaws.com", region))));
    HttpRequest request;
    request.method = "POST";
    request.scheme = endpoint.scheme;
    request.host = endpoint.host;
    request.SetHeader("Content-Type", "application/x-www-form-urlencoded");
    const std::string body = fmt::format(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={}&RoleSessionName={}&"
        "WebIdentityToken={}",
        PercentEncode(*role, ""),
        PercentEncode(settings_.Environment("AWS_ROLE_SESSION_NAME").value_or("oresmith"), ""),
        PercentEncode(Trim(*token), ""));
    request.body = body;
    NoSigner nobody;
    TRY(const Answer answer, remote_.sender.Send(std::move(request), nobody, "assume the role"));
    if (!answer.response.ok()) {
      return Fail(remote_.sender.Refused("assume the role " + *role, answer.response));
    }
    pugi::xml_document document;
    TRY(const pugi::xml_node root,
        ParseXml(answer.response.body, "AssumeRoleWithWebIdentityResponse", document));
    const pugi::xml_node node = root.child("AssumeRoleWithWebIdentityResult").child("Credentials");
    Found found = Of(node.child_value("AccessKeyId"), node.child_value("SecretAccessKey"),
                     node.child_value("SessionToken"));
    found->expires_ms = ParseTime(node.child_value("Expiration")).value_or(kNeverMillis);
    return found;
  }

  Result<Found> FromFile() {
    const std::string profile = Profile();
    const std::string home = settings_.Environment("HOME").value_or("");
    const std::string path =
        settings_.Environment("AWS_SHARED_CREDENTIALS_FILE").value_or(home + "/.aws/credentials");
    const auto text = ReadTextFile(path);
    if (!text) return NotAt(path + " (no such file)");
    const auto values = ReadProfile(*text, profile);
    const auto key = values.find("aws_access_key_id");
    const auto secret = values.find("aws_secret_access_key");
    if (key == values.end() || secret == values.end()) {
      return NotAt(fmt::format("{} (no keys of profile {})", path, profile));
    }
    const auto token = values.find("aws_session_token");
    return Of(key->second, secret->second, token == values.end() ? "" : token->second);
  }

  std::string Profile() const {
    const auto set = Setting("profile");
    return set ? *set : settings_.Environment("AWS_PROFILE").value_or("default");
  }

  Result<Found> FromContainer() {
    const auto relative = settings_.Environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const auto full = settings_.Environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!relative && !full) return NotAt("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI");
    TRY(const Endpoint endpoint,
        ParseEndpoint("AWS_CONTAINER_CREDENTIALS_FULL_URI",
                      relative ? "http://169.254.170.2" + *relative : *full));
    HttpRequest request = At(endpoint, endpoint.path.empty() ? "/" : endpoint.path);
    auto token = settings_.Environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (const auto file = settings_.Environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
      token = Trim(ReadTextFile(*file).value_or(""));
    }
    if (token) {
      remote_.secrets.Add(*token);
      request.SetHeader("Authorization", *token);
    }
    TRY(const HttpResponse response, Ask(std::move(request), "ask the container's credentials"));
    TRY(Leased<S3Credential> credential, ReadCredentialJson(response));
    return Found(std::move(credential));
  }

  /// Source: "Use the Instance Metadata Service", Amazon EC2 User Guide (version 2).
  Result<Found> FromInstance() {
    if (settings_.Environment("AWS_EC2_METADATA_DISABLED").value_or("") == "true") {
      return NotAt("the instance's metadata (AWS_EC2_METADATA_DISABLED is true)");
    }
    TRY(const Endpoint endpoint,
        ParseEndpoint("AWS_EC2_METADATA_SERVICE_ENDPOINT",
                      settings_.Environment("AWS_EC2_METADATA_SERVICE_ENDPOINT")
                          .value_or("http://169.254.169.254")));
    HttpRequest ask = At(endpoint, "/latest/api/token");
    ask.method = "PUT";
    ask.SetHeader("X-aws-ec2-metadata-token-ttl-seconds", "21600");
    const auto token = Ask(std::move(ask), "ask the instance's metadata");
    if (!token) return NotAt(fmt::format("the metadata at {} (no answer)", endpoint.host));
    remote_.secrets.Add(token->body);
    const std::string folder = "/latest/meta-data/iam/security-credentials/";
    const auto get = [&](const std::string& path) {
      HttpRequest request = At(endpoint, path);
      request.SetHeader("X-aws-ec2-metadata-token", token->body);
      return Ask(std::move(request), "ask the instance's metadata");
    };
    const auto role = get(folder);
    if (!role || Trim(role->body).empty()) {
      return NotAt(fmt::format("the metadata at {} (the instance has no role)", endpoint.host));
    }
    TRY(const HttpResponse response, get(folder + PercentEncode(Trim(role->body), "")));
    TRY(Leased<S3Credential> credential, ReadCredentialJson(response));
    return Found(std::move(credential));
  }

  static HttpRequest At(const Endpoint& endpoint, const std::string& path) {
    HttpRequest request;
    request.scheme = endpoint.scheme;
    request.host = endpoint.host;
    request.path = path;
    return request;
  }
  Result<HttpResponse> Ask(HttpRequest request, const std::string& task) {
    NoSigner nobody;
    TRY(Answer answer, remote_.metadata_sender.Send(std::move(request), nobody, task));
    if (!answer.response.ok()) return Fail(remote_.sender.Refused(task, answer.response));
    return std::move(answer.response);
  }

  const Settings settings_;
  const std::string bucket_;
  Remote& remote_;
  std::string looked_;
};

bool IsBucketName(std::string_view name) {
  return name.size() >= 3 && name.size() <= 63 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") ==
             std::string_view::npos;
}

/// The settings of one bucket win over those of all.
class S3Settings {
 public:
  S3Settings(const Settings& all, const std::string& bucket) : all_(all), bucket_(bucket) {}
  std::optional<std::string> Find(const std::string& rest) const {
    return all_.Find({Own(rest), "fs.s3a." + rest});
  }
  Result<bool> Flag(const std::string& rest, bool otherwise) const {
    TRY(const bool general, all_.Flag("fs.s3a." + rest, otherwise));
    return all_.Flag(Own(rest), general);
  }

  std::string Region() const {
    if (const auto set = Find("endpoint.region")) return *set;
    for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
      if (const auto region = all_.Environment(name)) return *region;
    }
    const std::string endpoint = Find("endpoint").value_or("");
    // s3.eu-west-1.amazonaws.com
    const size_t begin = endpoint.find("s3.");
    const size_t end = endpoint.find(".amazonaws.com");
    if (begin != std::string::npos && end != std::string::npos && end > begin + 3) {
      return endpoint.substr(begin + 3, end - begin - 3);
    }
    return "us-east-1";
  }

  Result<S3Place> Place(const std::string& region) const {
    auto endpoint = Find("endpoint");
    for (const char* name : {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}) {
      if (!endpoint) endpoint = all_.Environment(name);
    }
    TRY(const bool tls, Flag("connection.ssl.enabled", true));
    const bool own = endpoint && endpoint->find("amazonaws.com") == std::string::npos;
    std::string address = endpoint.value_or(fmt::format("s3.{}.amazonaws.com", region));
    if (address.find("://") == std::string::npos)
      address = (tls ? "https://" : "http://") + address;
    TRY(const Endpoint parsed, ParseEndpoint("fs.s3a.endpoint", address));
    // Amazon's certificate is for one label before the region; others' servers know no names.
    TRY(const bool path_style,
        Flag("path.style.access", own || bucket_.find('.') != std::string::npos));
    return S3Place{.scheme = parsed.scheme,
                   .host = path_style ? parsed.host : bucket_ + "." + parsed.host,
                   .bucket = bucket_,
                   .path_style = path_style};
  }

 private:
  std::string Own(const std::string& rest) const { return "fs.s3a.bucket." + bucket_ + "." + rest; }
  const Settings& all_;
  const std::string& bucket_;
};

}  // namespace

Result<std::unique_ptr<Store>> OpenS3(const StoreUrl& url, const Settings& settings,
                                      const Clock& clock, Random& random) {
  const std::string& bucket = url.authority;
  if (!IsBucketName(bucket)) {
    return Fail(
        MakeError(ErrorKind::kInvalidInput, "open the storage: no name of a bucket: '{}'", bucket)
            .WithFix("write s3://bucket/path: 3 to 63 lower-case letters, digits, dots "
                     "and dashes"));
  }
  TRY(std::shared_ptr<Remote> remote, settings.MakeRemote(clock, random));
  const S3Settings own(settings, bucket);
  const std::string region = own.Region();
  TRY(S3Place place, own.Place(region));
  remote->url =
      fmt::format("{}://{}{}{}", url.scheme, bucket, url.path.empty() ? "" : "/", url.path);
  remote->root = url.path;
  remote->dialect = MakeS3Dialect(std::move(place));
  const bool anonymous = own.Find("aws.credentials.provider")
                             .value_or("")
                             .ends_with("AnonymousAWSCredentialsProvider");
  if (anonymous) {
    remote->signer = std::make_unique<NoSigner>();
  } else {
    // The remote owns the signer, and the signer this. Two threads may fetch at once.
    const auto fetch = [settings, bucket, owner = remote.get()] {
      return S3Chain(settings, bucket, *owner).Fetch();
    };
    remote->signer = MakeS3Signer(region, std::make_unique<Lease<S3Credential>>(fetch, clock),
                                  clock, remote->secrets);
  }
  return MakeObjectStore(std::move(remote));
}

}  // namespace oresmith::storage

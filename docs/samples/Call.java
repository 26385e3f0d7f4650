import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Comparator.comparing;

/** Calls a target through the gateway: JSON, a form, and bytes. Run it by `java Call.java`; it needs Java 17 or newer. */
public class Call {
  record Parameter(String name, String value) {}

  static final String accountUrl = env("FORWARDER_URL") + "/mtls/account/" + env("ACCOUNT");
  static final Map<String, String> lpHeaders =
      Map.of("LP-forward-url", env("TARGET_URL"), "LP-service-name", env("SERVICE"));
  // A redirect is the target's answer.
  static final HttpClient client = HttpClient.newBuilder()
      .version(HttpClient.Version.HTTP_1_1)
      .followRedirects(HttpClient.Redirect.NEVER)
      .connectTimeout(Duration.ofSeconds(10))
      .build();

  // Escapes in place of € and ö: Java 17 reads this file in the encoding of the locale.
  public static void main(String[] arguments) throws Exception {
    call("application/json", "{\"amount\":\"5 \u20ac\"}".getBytes(UTF_8), List.of());
    var form = List.of(
        new Parameter("grant_type", "client_credentials"),
        new Parameter("scope", "read write"),
        new Parameter("scope", "\u00f6*~+"));
    var body = form.stream().map(each -> encode(each.name) + "=" + encode(each.value)).collect(Collectors.joining("&"));
    call("application/x-www-form-urlencoded", body.getBytes(UTF_8), form);
    var bytes = new byte[256];
    IntStream.range(0, 256).forEach(at -> bytes[at] = (byte) at);
    call("application/octet-stream", bytes, List.of());
  }

  static void call(String type, byte[] body, List<Parameter> form) throws Exception {
    var hash = new Parameter("lp_hash", lpHash());
    // As long as the gateway waits for the target's answer, and a little longer.
    var request = HttpRequest.newBuilder(URI.create(accountUrl + "?lp_hash=" + hash.value))
        .timeout(Duration.ofSeconds(75))
        .header("Content-Type", type)
        .header("Authorization", authorization("POST", hash, body, form))
        .POST(BodyPublishers.ofByteArray(body));
    lpHeaders.forEach(request::header);
    var answer = client.send(request.build(), BodyHandlers.ofString(UTF_8));
    if (answer.headers().firstValue("LP-answered-by").equals(java.util.Optional.of("gateway"))) {
      throw new IllegalStateException(answer.statusCode() + " " + answer.body());
    }
    System.out.println(answer.statusCode() + " " + answer.body());
  }

  /** Makes the LP-* headers a part of what is signed. */
  static String lpHash() throws Exception {
    var lines = lpHeaders.entrySet().stream()
        .map(each -> each.getKey().toLowerCase() + ":" + each.getValue() + "\n")
        .sorted()
        .collect(Collectors.joining());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(lines.getBytes(UTF_8)));
  }

  /** RFC 5849 section 3.4. Parameters of a form are signed one by one, any other body by its hash. */
  static String authorization(String method, Parameter query, byte[] body, List<Parameter> form) throws Exception {
    var nonce = new byte[16];
    new SecureRandom().nextBytes(nonce);
    var oauth = new ArrayList<>(List.of(
        new Parameter("oauth_consumer_key", env("APP_KEY")),
        new Parameter("oauth_nonce", HexFormat.of().formatHex(nonce)),
        new Parameter("oauth_signature_method", "HMAC-SHA256"),
        new Parameter("oauth_timestamp", String.valueOf(Instant.now().getEpochSecond())),
        new Parameter("oauth_version", "1.0")));
    if (form.isEmpty()) {
      oauth.add(new Parameter("oauth_body_hash", Base64.getEncoder().encodeToString(sha256(body))));
    }
    var signed = new ArrayList<>(oauth);
    signed.add(query);
    signed.addAll(form);
    var parameters = signed.stream()
        .map(each -> new Parameter(encode(each.name), encode(each.value)))
        .sorted(comparing(Parameter::name).thenComparing(Parameter::value))
        .map(each -> each.name + "=" + each.value)
        .collect(Collectors.joining("&"));
    var base = method + "&" + encode(accountUrl) + "&" + encode(parameters);
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec((encode(env("APP_SECRET")) + "&").getBytes(UTF_8), "HmacSHA256"));
    oauth.add(new Parameter("oauth_signature", Base64.getEncoder().encodeToString(mac.doFinal(base.getBytes(UTF_8)))));
    return oauth.stream()
        .map(each -> each.name + "=\"" + encode(each.value) + "\"")
        .collect(Collectors.joining(", ", "OAuth ", ""));
  }

  /** RFC 5849 section 3.6: `URLEncoder` encodes for forms, which differs in three characters. */
  static String encode(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
  }

  static byte[] sha256(byte[] bytes) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  static String env(String name) {
    var value = System.getenv(name);
    if (value == null) {
      System.err.println(name + " is not set");
      System.exit(1);
    }
    return value;
  }
}

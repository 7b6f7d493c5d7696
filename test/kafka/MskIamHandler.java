import java.io.File;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.callback.Callback;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/**
 * Validates OAUTHBEARER tokens in the broker on this machine, as MSK does. A token must have Amazon MSK's format and be
 * signed by the one configured identity. A token is a signed URL in base64. Its signature (AWS Signature Version 4) is
 * computed again from the URL's parts and compared. The code uses no lambdas and no type inference, because Janino, which
 * compiles it without a JDK, does not support them.
 */
public class MskIamHandler implements AuthenticateCallbackHandler {
  private static final String SERVICE = "kafka-cluster";
  private static final String ACTION = "kafka-cluster:Connect";
  private static final long LONGEST_SECONDS = 900;
  /** By how much the signing machine's clock may be ahead of the broker's clock. */
  private static final long SKEW_MS = 300000;
  /** A test creates this file in the broker's folder to exceed MSK's limit on new connections for one client. */
  private static final File OVER_LIMIT = new File("over-limit");
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");

  private Map options = Collections.EMPTY_MAP;

  public void configure(Map configs, String mechanism, List entries) {
    this.options = ((AppConfigurationEntry) entries.get(0)).getOptions();
  }

  /**
   * Validates tokens. The broker's own login also calls this method, but needs no token, because brokers don't connect
   * through this listener.
   */
  public void handle(Callback[] callbacks) {
    for (int i = 0; i < callbacks.length; i++) {
      if (callbacks[i] instanceof OAuthBearerValidatorCallback) check((OAuthBearerValidatorCallback) callbacks[i]);
    }
  }

  public void close() {}

  private void check(OAuthBearerValidatorCallback callback) {
    String token = callback.tokenValue();
    if (OVER_LIMIT.delete()) throw asMsk("Too many connects");
    try {
      callback.token(verified(token));
    } catch (Refused refused) {
      System.err.println("MSK IAM token refused: " + refused.getMessage());
      throw asMsk("Access denied");
    } catch (Exception broken) {
      System.err.println("MSK IAM token refused, not readable: " + broken);
      callback.error("invalid_token", null, null);
    }
  }

  /** Returns the error that MSK answers. A token that is not readable gets the answer of Kafka's own server instead. */
  private static SaslAuthenticationException asMsk(String reason) {
    return new SaslAuthenticationException("[" + UUID.randomUUID() + "]: " + reason);
  }

  private OAuthBearerToken verified(String token) throws Exception {
    String url = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
    String host = "kafka." + option("region") + ".amazonaws.com";
    String start = "https://" + host + "/?";
    if (!url.startsWith(start)) throw new Refused("it is for " + url.split("\\?")[0] + ", expected https://" + host);
    TreeMap query = new TreeMap();
    String[] pairs = url.substring(start.length()).split("&");
    for (int i = 0; i < pairs.length; i++) {
      int equals = pairs[i].indexOf('=');
      query.put(pairs[i].substring(0, equals), pairs[i].substring(equals + 1));
    }
    String signature = (String) query.remove("X-Amz-Signature");
    // The client adds User-Agent after signing, so the signature does not include this parameter.
    query.remove("User-Agent");
    String date = (String) query.get("X-Amz-Date");
    String scope = date.substring(0, 8) + "/" + option("region") + "/" + SERVICE + "/aws4_request";
    expect(query, "Action", ACTION);
    expect(query, "X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    expect(query, "X-Amz-SignedHeaders", "host");
    expect(query, "X-Amz-Credential", option("accessKeyId") + "/" + scope);
    long seconds = Long.parseLong((String) query.get("X-Amz-Expires"));
    long from = LocalDateTime.parse(date, TIME).toInstant(ZoneOffset.UTC).toEpochMilli();
    long until = from + seconds * 1000;
    long now = System.currentTimeMillis();
    if (seconds > LONGEST_SECONDS) throw new Refused("it is valid for " + seconds + " s, more than " + LONGEST_SECONDS);
    if (from > now + SKEW_MS || until <= now) throw new Refused("it is expired or not yet valid: " + date + ", for " + seconds + " s");
    byte[] computed = sign(canonical(query, host), date, scope);
    if (!MessageDigest.isEqual(hex(computed).getBytes("US-ASCII"), signature.getBytes("US-ASCII")))
      throw new Refused("its signature is not that of the known secret");
    return new Token(token, until, from, option("accessKeyId"));
  }

  private static void expect(Map query, String name, String value) throws Exception {
    String met = java.net.URLDecoder.decode((String) query.get(name), "UTF-8");
    if (!met.equals(value)) throw new Refused(name + " is " + met + ", expected " + value);
  }

  /** Returns the canonical request of AWS Signature Version 4; the query is already sorted and encoded. */
  private static String canonical(TreeMap query, String host) throws Exception {
    StringBuilder line = new StringBuilder();
    for (Object entry : query.entrySet()) {
      if (line.length() > 0) line.append('&');
      line.append(((Map.Entry) entry).getKey()).append('=').append(((Map.Entry) entry).getValue());
    }
    return "GET\n/\n" + line + "\nhost:" + host + "\n\nhost\n" + hex(sha256(""));
  }

  private byte[] sign(String request, String date, String scope) throws Exception {
    byte[] key = ("AWS4" + option("secretAccessKey")).getBytes(StandardCharsets.UTF_8);
    String[] parts = scope.split("/");
    for (int i = 0; i < parts.length; i++) key = hmac(key, parts[i]);
    return hmac(key, "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + hex(sha256(request)));
  }

  private String option(String name) {
    return (String) options.get(name);
  }

  private static byte[] hmac(byte[] key, String text) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] sha256(String text) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes.length; i++) text.append(Character.forDigit((bytes[i] >> 4) & 15, 16)).append(Character.forDigit(bytes[i] & 15, 16));
    return text.toString();
  }

  private static class Refused extends Exception {
    Refused(String message) {
      super(message);
    }
  }

  private static class Token implements OAuthBearerToken {
    private final String value;
    private final long until;
    private final long from;
    private final String principal;

    Token(String value, long until, long from, String principal) {
      this.value = value;
      this.until = until;
      this.from = from;
      this.principal = principal;
    }

    public String value() {
      return value;
    }

    public Set scope() {
      return Collections.EMPTY_SET;
    }

    public long lifetimeMs() {
      return until;
    }

    public String principalName() {
      return principal;
    }

    public Long startTimeMs() {
      return Long.valueOf(from);
    }
  }
}

import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

public class Get {
  public static void main(String[] arguments) throws Exception {
    var client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL);
    var proxy = System.getenv("http_proxy");
    if (proxy != null) {
      var url = URI.create(proxy);
      var user = url.getUserInfo().split(":");
      client.proxy(ProxySelector.of(new InetSocketAddress(url.getHost(), url.getPort())));
      client.authenticator(new Authenticator() {
        @Override
        protected PasswordAuthentication getPasswordAuthentication() {
          var isForProxy = getRequestorType() == RequestorType.PROXY;
          return isForProxy ? new PasswordAuthentication(user[0], user[1].toCharArray()) : null;
        }
      });
    }
    var request = HttpRequest.newBuilder(URI.create(System.getenv("URL"))).timeout(Duration.ofSeconds(60));
    var authorization = System.getenv("AUTHORIZATION");
    if (authorization != null) request.header("Authorization", authorization);
    var response = client.build().send(request.build(), BodyHandlers.ofString());
    if (response.statusCode() != 200) throw new RuntimeException(response.statusCode() + " " + response.body());
    System.out.println(response.body());
  }
}

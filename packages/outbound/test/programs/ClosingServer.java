import java.io.FileInputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A TLS server that takes certificates of one CA and closes each connection without an answer. */
public class ClosingServer {
  public static void main(String[] args) throws Exception {
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(new FileInputStream("server.p12"), "secret".toCharArray());
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, "secret".toCharArray());
    KeyStore clients = KeyStore.getInstance("PKCS12");
    clients.load(null, null);
    clients.setCertificateEntry(
        "ca", CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream("client-ca.pem")));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(clients);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    SSLServerSocket listener =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(Integer.parseInt(args[0]), 50, InetAddress.getByName("127.0.0.1"));
    listener.setNeedClientAuth(true);
    listener.setEnabledProtocols(new String[] {args[1]});
    while (true) {
      SSLSocket socket = (SSLSocket) listener.accept();
      new Thread(() -> close(socket)).start();
    }
  }

  private static void close(SSLSocket socket) {
    try (socket) {
      socket.startHandshake();
      socket.getInputStream().read(new byte[1024]);
    } catch (java.io.IOException refused) {
      // The handshake failed; the alert is on its way.
    }
  }
}

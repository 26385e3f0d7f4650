import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import java.util.Collections;

/**
 * Says what a real KeyStore makes of PKCS#12 files: for each line "path password-in-base64" on standard input one line, "ok"
 * if a key can be read and its certificate verifies what it signs, else what is wrong.
 */
public class JavaKeyStore {
    public static void main(String[] args) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in));
        System.out.println(Runtime.version().feature());
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split(" ", -1);
            char[] password = new String(Base64.getDecoder().decode(parts[1]), "UTF-8").toCharArray();
            System.out.println(verdict(parts[0], password).replace('\n', ' '));
        }
    }

    private static String verdict(String path, char[] password) {
        try (var stream = new FileInputStream(path)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(stream, password);
            String result = "no key";
            for (String alias : Collections.list(store.aliases())) {
                if (!store.isKeyEntry(alias)) continue;
                result = use(store, alias, password);
                if (result.equals("ok")) return result;
            }
            return result;
        } catch (Exception e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }

    private static String use(KeyStore store, String alias, char[] password) throws Exception {
        PrivateKey key = (PrivateKey) store.getKey(alias, password);
        Certificate certificate = store.getCertificate(alias);
        if (certificate == null) return "key without certificate";
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        Signature signer = signature(algorithm);
        signer.initSign(key);
        signer.update((byte) 1);
        byte[] signature = signer.sign();
        Signature verifier = signature(algorithm);
        try {
            verifier.initVerify(certificate.getPublicKey());
            verifier.update((byte) 1);
            return verifier.verify(signature) ? "ok" : "key with the wrong certificate";
        } catch (InvalidKeyException e) {
            return "key with the wrong certificate";
        }
    }

    private static Signature signature(String algorithm) throws Exception {
        Signature signature = Signature.getInstance(algorithm);
        if (algorithm.equals("RSASSA-PSS")) {
            signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        }
        return signature;
    }
}

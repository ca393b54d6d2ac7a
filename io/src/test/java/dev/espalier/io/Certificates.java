package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Certificates that sign themselves, made by the JDK's tool for one test class. */
final class Certificates {
    private static final char[] PASSWORD = "password".toCharArray();

    private Certificates() {}

    /** Makes a key and its certificate for a name. */
    static KeyStore of(Path folder, String name) throws IOException, GeneralSecurityException, InterruptedException {
        Path file = folder.resolve(name + ".p12");
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of("-genkeypair", "-alias", name, "-keyalg", "EC", "-dname", "CN=" + name, "-ext",
                "SAN=dns:" + name + (name.equals("localhost") ? ",ip:127.0.0.1" : ""), "-validity", "2", "-storetype", "PKCS12",
                "-keystore", file.toString(), "-storepass", new String(PASSWORD)));
        Process tool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(tool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(tool.waitFor()).as(output).isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream bytes = Files.newInputStream(file)) {
            store.load(bytes, PASSWORD);
        }
        return store;
    }

    /** Writes a key and its certificate for other programs. */
    static Path pem(Path folder, String name, KeyStore store) throws IOException, GeneralSecurityException {
        return Files.writeString(folder.resolve(name + ".pem"), part("CERTIFICATE", store.getCertificate(name).getEncoded())
                + part("PRIVATE KEY", store.getKey(name, PASSWORD).getEncoded()));
    }

    private static String part(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + what + "-----\n";
    }

    /** A context with a key, that trusts the certificates of others. */
    static SSLContext context(KeyStore key, KeyStore... trusted) throws GeneralSecurityException, IOException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(key, PASSWORD);
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        for (KeyStore store : trusted) {
            String alias = store.aliases().nextElement();
            trust.setCertificateEntry(alias, store.getCertificate(alias));
        }
        TrustManagerFactory trusts = TrustManagerFactory.getInstance("PKIX");
        trusts.init(trusted.length == 0 ? key : trust);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusts.getTrustManagers(), null);
        return context;
    }
}

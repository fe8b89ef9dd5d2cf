package dev.tern.nn.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/** The canonical mirrors, in the catalogue's order; a mirror that does not answer within seconds is left. */
final class MirrorSource implements DataSource {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(4);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

    @Override
    public void bring(final DataDescription description, final Path into, final FetchProgress progress)
            throws IOException, InterruptedException {
        final List<String> refusals = new ArrayList<>();
        try (HttpClient client = client()) {
            for (final URI mirror : description.mirrors()) {
                try {
                    for (final String file : description.files().keySet()) {
                        download(client, mirror.resolve(file + ".gz"), into.resolve(file + ".gz"), progress);
                    }
                    return;
                } catch (final IOException e) {
                    refusals.add(mirror + ": " + e);
                }
            }
        }
        throw new IOException(
                refusals.isEmpty() ? "no mirror is known" : "no mirror could be read: " + String.join("; ", refusals));
    }

    private static HttpClient client() {
        return HttpClient.newBuilder()
                .connectTimeout(CONNECT_TIMEOUT)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
    }

    private static void download(final HttpClient client, final URI from, final Path to, final FetchProgress progress)
            throws IOException, InterruptedException {
        final HttpRequest request =
                HttpRequest.newBuilder(from).timeout(ANSWER_TIMEOUT).build();
        final HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
        try (InputStream in = response.body()) {
            if (response.statusCode() != 200) {
                throw new IOException("HTTP status " + response.statusCode());
            }
            final long total =
                    response.headers().firstValueAsLong("content-length").orElse(-1);
            copy(in, to, done -> progress.advance(from.toString(), done, total));
        }
    }

    private static void copy(final InputStream in, final Path to, final LongConsumer progress) throws IOException {
        try (OutputStream out = Files.newOutputStream(to)) {
            final byte[] buffer = new byte[1 << 16];
            long done = 0;
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                out.write(buffer, 0, length);
                done += length;
                progress.accept(done);
            }
        }
    }
}

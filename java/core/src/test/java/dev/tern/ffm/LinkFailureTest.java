package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinkFailureTest {
    @TempDir
    private Path folder;

    @Test
    void shouldNameTheWayAroundANoexecMount() {
        final String reason = LinkFailure.explain("/x/libtern.so: failed to map segment from shared object");
        assertTrue(reason.contains("noexec") && reason.contains("tern.native.workdir"), reason);
    }

    @Test
    void shouldPassOnWhatItCannotExplain() {
        assertEquals("/x/libtern.so: what else", LinkFailure.explain("/x/libtern.so: what else"));
    }

    @Test
    void shouldTellMuslByTheMappedLoader() throws IOException {
        final Path mappings = folder.resolve("maps");
        Files.writeString(mappings, "7f00-7f01 r-xp 00000000 08:01 42 /lib/x86_64-linux-gnu/libc.so.6\n");
        assertFalse(LinkFailure.runsOnMusl(mappings));
        Files.writeString(mappings, "7f00-7f01 r-xp 00000000 08:01 42 /lib/ld-musl-x86_64.so.1\n");
        assertTrue(LinkFailure.runsOnMusl(mappings));
        assertFalse(LinkFailure.runsOnMusl(folder.resolve("absent")));
    }
}

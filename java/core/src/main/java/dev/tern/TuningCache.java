package dev.tern;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32;

/**
 * Measurements kept in a text file, one line each, that any number of processes add to.
 *
 * <p>A line is {@code crc key chosen id=nanos …}, split by tabs; one whose checksum is off is left out, so corruption
 * costs what it hit. Writers hold a lock file, read what is there, add theirs and move a whole new file into place, so
 * that a process killed at any instant leaves the old file or the new one. Where the file cannot be written, the
 * measurements last as long as the process.
 */
final class TuningCache {
    private static final System.Logger LOG = System.getLogger(TuningCache.class.getName());
    private static final ReentrantLock IN_PROCESS = new ReentrantLock(); // file locks belong to the whole process

    private final Path file;
    private Map<String, Entry> entries;
    private boolean readOnly;

    /**
     * What was measured for one operation, row class, thread count and machine.
     *
     * @param chosen the candidate that was taken
     * @param nanos candidate to time of one run
     */
    record Entry(String chosen, Map<String, Double> nanos) {
        Entry {
            nanos = Map.copyOf(nanos);
        }
    }

    TuningCache(final Path file) {
        this.file = file;
    }

    static Path defaultFile() {
        final String named = System.getProperty("tern.cache");
        if (named != null) {
            return Path.of(named);
        }
        final String xdg = System.getenv("XDG_CACHE_HOME");
        final Path base =
                xdg == null || xdg.isEmpty() ? Path.of(System.getProperty("user.home", "."), ".cache") : Path.of(xdg);
        return base.resolve("tern").resolve("tuning.tsv");
    }

    synchronized Optional<Entry> get(final String key) {
        if (entries == null) {
            entries = read();
        }
        return Optional.ofNullable(entries.get(key));
    }

    synchronized void put(final String key, final Entry entry) {
        if (entries == null) {
            entries = read();
        }
        entries.put(key, entry);
        if (!readOnly) {
            save(key, entry);
        }
    }

    private void save(final String key, final Entry entry) {
        IN_PROCESS.lock();
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            final Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
            try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock held = channel.lock()) {
                assert held.isValid();
                final Map<String, Entry> merged = read();
                merged.put(key, entry);
                write(merged);
                entries = merged;
            }
        } catch (final IOException e) {
            readOnly = true;
            LOG.log(Level.INFO, "measurements are not kept: cannot write {0}: {1}", file, e);
        } finally {
            IN_PROCESS.unlock();
        }
    }

    private void write(final Map<String, Entry> all) throws IOException {
        final StringBuilder text = new StringBuilder();
        all.forEach((key, entry) -> text.append(line(key, entry)).append('\n'));
        final Path fresh = Files.createTempFile(file.toAbsolutePath().getParent(), "tuning", ".tmp");
        try {
            Files.writeString(fresh, text);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private Map<String, Entry> read() {
        final Map<String, Entry> all = new LinkedHashMap<>();
        try {
            if (Files.exists(file)) {
                final String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
                text.lines().forEach(line -> parse(line, all));
            }
        } catch (final IOException e) {
            LOG.log(Level.INFO, "measurements are not read: {0}: {1}", file, e);
        }
        return all;
    }

    private static String line(final String key, final Entry entry) {
        final StringBuilder body = new StringBuilder(key).append('\t').append(entry.chosen());
        entry.nanos()
                .forEach((id, nanos) -> body.append('\t').append(id).append('=').append(nanos));
        return crc(body) + "\t" + body;
    }

    private static void parse(final String line, final Map<String, Entry> into) {
        final int tab = line.indexOf('\t');
        if (tab < 0 || !line.substring(0, tab).equals(crc(line.substring(tab + 1)))) {
            return;
        }
        final List<String> fields = List.of(line.substring(tab + 1).split("\t"));
        final Map<String, Double> nanos = new LinkedHashMap<>();
        for (final String field : fields.subList(2, fields.size())) {
            final int equals = field.lastIndexOf('=');
            nanos.put(field.substring(0, equals), Double.valueOf(field.substring(equals + 1)));
        }
        into.put(fields.get(0), new Entry(fields.get(1), nanos));
    }

    private static String crc(final CharSequence text) {
        final CRC32 crc = new CRC32();
        crc.update(text.toString().getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(crc.getValue());
    }
}

package dev.tern.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The limits that control groups put on this process: the tightest from its own group up to the root that it sees.
 *
 * @param version 1 or 2; 0 where there are no control groups
 * @param cpus processors' worth of time per second of wall clock
 */
public record Cgroup(int version, OptionalDouble cpus, OptionalLong memoryBytes) {
    private static final Cgroup NONE = new Cgroup(0, OptionalDouble.empty(), OptionalLong.empty());

    /** Version 1 says "no limit" by the largest page-aligned number. */
    private static final long UNLIMITED_BYTES = 1L << 60;

    public static Cgroup read(final SystemFiles files) {
        final List<String> memberships = files.lines("/proc/self/cgroup");
        final List<Mount> mounts = Mount.all(files);
        final Cgroup first = versionOne(files, memberships, mounts);
        if (first.cpus.isPresent() || first.memoryBytes.isPresent()) {
            return first;
        }
        final Cgroup second = versionTwo(files, memberships, mounts);
        return second.version == 0 ? first : second;
    }

    private static Cgroup versionTwo(
            final SystemFiles files, final List<String> memberships, final List<Mount> mounts) {
        final List<String> groups = groups(memberships, mounts, "");
        final boolean controls = groups.stream()
                .flatMap(group -> files.text(group + "/cgroup.controllers").stream())
                .anyMatch(controllers -> !controllers.isEmpty());
        if (!controls) {
            return NONE;
        }
        return new Cgroup(
                2,
                smallest(groups.stream()
                        .flatMap(group -> files.text(group + "/cpu.max").stream())
                        .map(text -> text.split("\\s+"))
                        .filter(fields -> fields.length == 2)
                        .flatMap(fields -> quotient(SystemFiles.parse(fields[0]), SystemFiles.parse(fields[1])))),
                smallestBytes(groups.stream().flatMap(group -> files.number(group + "/memory.max").stream())));
    }

    private static Cgroup versionOne(
            final SystemFiles files, final List<String> memberships, final List<Mount> mounts) {
        final List<String> cpuGroups = groups(memberships, mounts, "cpu");
        final List<String> memoryGroups = groups(memberships, mounts, "memory");
        if (cpuGroups.isEmpty() && memoryGroups.isEmpty()) {
            return NONE;
        }
        return new Cgroup(
                1,
                smallest(cpuGroups.stream()
                        .flatMap(group -> quotient(
                                files.number(group + "/cpu.cfs_quota_us"),
                                files.number(group + "/cpu.cfs_period_us")))),
                smallestBytes(memoryGroups.stream()
                        .flatMap(group -> files.number(group + "/memory.limit_in_bytes").stream())));
    }

    /** The directories from this process's group up to the mount point; {@code controller} is empty for version 2. */
    private static List<String> groups(
            final List<String> memberships, final List<Mount> mounts, final String controller) {
        final Optional<String> path = memberships.stream()
                .map(line -> line.split(":", 3))
                .filter(fields ->
                        fields.length == 3 && List.of(fields[1].split(",")).contains(controller))
                .map(fields -> fields[2])
                .findFirst();
        final Optional<Mount> mount =
                mounts.stream().filter(m -> m.controls(controller)).findFirst();
        if (path.isEmpty() || mount.isEmpty()) {
            return List.of();
        }
        final List<String> groups = new ArrayList<>();
        String group = mount.get().below(path.get());
        while (!group.isEmpty()) {
            groups.add(mount.get().point + group);
            group = group.substring(0, group.lastIndexOf('/'));
        }
        groups.add(mount.get().point);
        return groups;
    }

    private static Stream<Double> quotient(final Optional<Long> quota, final Optional<Long> period) {
        return quota.filter(q -> q > 0).stream()
                .flatMap(q -> period.filter(p -> p > 0).map(p -> (double) q / p).stream());
    }

    private static OptionalDouble smallest(final Stream<Double> values) {
        return values.mapToDouble(Double::doubleValue).min();
    }

    private static OptionalLong smallestBytes(final Stream<Long> values) {
        return values.mapToLong(Long::longValue)
                .filter(bytes -> bytes >= 0 && bytes < UNLIMITED_BYTES)
                .min();
    }

    /** One mounted hierarchy; {@code root} is the group that its mount point shows. */
    private record Mount(String root, String point, String type, List<String> options) {

        /** {@code 31 23 0:27 /docker/1a2b /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct}. */
        static List<Mount> all(final SystemFiles files) {
            return files.lines("/proc/self/mountinfo").stream()
                    .map(line -> line.split(" - ", 2))
                    .filter(halves -> halves.length == 2)
                    .flatMap(halves -> of(halves[0].split(" "), halves[1].split(" ")))
                    .toList();
        }

        private static Stream<Mount> of(final String[] place, final String[] system) {
            if (place.length < 5 || system.length < 3 || !system[0].startsWith("cgroup")) {
                return Stream.empty();
            }
            return Stream.of(new Mount(place[3], place[4], system[0], List.of(system[2].split(","))));
        }

        boolean controls(final String controller) {
            return controller.isEmpty()
                    ? type.equals("cgroup2")
                    : type.equals("cgroup") && options.contains(controller);
        }

        /** The group's path below the mount point: empty, or starting with a slash. */
        String below(final String group) {
            if (root.equals("/")) {
                return group.equals("/") || group.contains("..") ? "" : group;
            }
            final boolean inside = group.equals(root) || group.startsWith(root + "/");
            return inside ? group.substring(root.length()) : "";
        }
    }
}

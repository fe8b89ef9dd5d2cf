package dev.tern.distributed;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** What the ranks of a process share: the operations under way, and what ended the job. */
final class Group {
    private final int size;
    private final Map<Long, Meeting> meetings = new HashMap<>();
    private final Mailbox[] mailboxes;
    private final Group parent;
    private final Map<List<Long>, Group> children = new HashMap<>();
    private CommunicatorException failure;

    /** All ranks of a job. */
    Group(final int size) {
        this(size, null);
    }

    private Group(final int size, final Group parent) {
        this.size = size;
        this.parent = parent;
        mailboxes = IntStream.range(0, size * size).mapToObj(_ -> new Mailbox()).toArray(Mailbox[]::new);
    }

    int size() {
        return size;
    }

    /** Operation {@code number} of each rank is the same one. */
    synchronized Meeting join(final long number, final int rank, final Meeting.Part part) {
        requireWhole();
        final Meeting meeting = meetings.computeIfAbsent(number, _ -> new Meeting(size));
        meeting.join(rank, part);
        if (meeting.isComplete()) {
            meetings.remove(number);
            notifyAll();
        }
        return meeting;
    }

    /** The group of {@code members} that named a color in operation {@code number}. */
    synchronized Group child(final long number, final int color, final int members) {
        requireWhole();
        return children.computeIfAbsent(List.of(number, (long) color), _ -> new Group(members, this));
    }

    synchronized Mailbox.End send(final int from, final int to, final Mailbox.End sender) {
        requireWhole();
        mailboxes[from * size + to].send(sender);
        notifyAll();
        return sender;
    }

    synchronized Mailbox.End receive(final int from, final int to, final Mailbox.End receiver) {
        requireWhole();
        mailboxes[from * size + to].receive(receiver);
        notifyAll();
        return receiver;
    }

    /** Returns once it holds; throws when the job ends before. */
    synchronized void await(final BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            requireWhole();
            try {
                wait();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CommunicatorException("interrupted while waiting for other ranks", e);
            }
        }
    }

    synchronized void wake() {
        notifyAll();
    }

    /** Ends the whole job. The first reason stands. */
    void fail(final String reason, final Throwable cause) {
        if (parent == null) {
            end(new CommunicatorException(reason, cause));
        } else {
            parent.fail(reason, cause);
        }
    }

    private synchronized void end(final CommunicatorException reason) {
        if (failure == null) {
            failure = reason;
            notifyAll();
            children.values().forEach(child -> child.end(reason));
        }
    }

    /** Throws what ended the job, if anything did, with the caller's own trace. */
    synchronized void requireWhole() {
        if (failure != null) {
            throw new CommunicatorException(failure.getMessage(), failure.getCause());
        }
    }
}

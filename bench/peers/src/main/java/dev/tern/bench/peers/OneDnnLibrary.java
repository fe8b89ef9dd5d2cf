package dev.tern.bench.peers;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;

/**
 * The part of oneDNN's C interface ({@code oneapi/dnnl/dnnl.h}) that {@code matmul}, convolution and LSTM need. The
 * library comes out of {@code org.bytedeco:dnnl}; JavaCPP only unpacks it, since its own bindings insist on an OpenCL
 * artifact that was never published.
 */
final class OneDnnLibrary {

    static final int CPU = 1;
    static final int IN_ORDER = 1;

    static final int BF16 = 2;
    static final int F32 = 3;
    static final int S32 = 4;
    static final int S8 = 5;
    static final int U8 = 6;

    static final int ANY = 1;

    static final int SRC = 1;
    static final int DST = 17;
    static final int WEIGHTS = 33;
    static final int WEIGHTS_OF_STATE = 34; // of a recurrent layer
    static final int BIAS = 41;
    static final int SCALES = 4096; // of the argument whose number is added

    static final int FORWARD_INFERENCE = 96;
    static final int DIRECT = 1;
    static final int RELU = 32;
    static final int LEFT_TO_RIGHT = 1;

    static final int IMPLEMENTATION = 8;
    static final int WEIGHTS_LAYOUT = 131;

    /** {@code dnnl_exec_arg_t}: a number and a memory. */
    static final long ARGUMENT_BYTES = 16;

    static final long ARGUMENT_MEMORY = 8;

    private static final String FOLDER = "/org/bytedeco/dnnl/linux-x86_64/";
    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup SYMBOLS = load();

    static final MethodHandle ENGINE_CREATE = function("dnnl_engine_create", ADDRESS, JAVA_INT, JAVA_LONG);
    static final MethodHandle ENGINE_DESTROY = function("dnnl_engine_destroy", ADDRESS);
    static final MethodHandle STREAM_CREATE = function("dnnl_stream_create", ADDRESS, ADDRESS, JAVA_INT);
    static final MethodHandle STREAM_WAIT = function("dnnl_stream_wait", ADDRESS);
    static final MethodHandle STREAM_DESTROY = function("dnnl_stream_destroy", ADDRESS);
    static final MethodHandle LAYOUT_WITH_STRIDES =
            function("dnnl_memory_desc_create_with_strides", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
    static final MethodHandle LAYOUT_WITH_TAG =
            function("dnnl_memory_desc_create_with_tag", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    static final MethodHandle LAYOUT_SIZE =
            LINKER.downcallHandle(symbol("dnnl_memory_desc_get_size"), FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    static final MethodHandle LAYOUT_DESTROY = function("dnnl_memory_desc_destroy", ADDRESS);
    static final MethodHandle MEMORY_CREATE = function("dnnl_memory_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle MEMORY_DESTROY = function("dnnl_memory_destroy", ADDRESS);
    static final MethodHandle MATMUL_DESCRIBE = function(
            "dnnl_matmul_primitive_desc_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle CONVOLUTION_DESCRIBE = function(
            "dnnl_convolution_forward_primitive_desc_create",
            ADDRESS,
            ADDRESS,
            JAVA_INT,
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS);
    static final MethodHandle LSTM_DESCRIBE = function(
            "dnnl_lstm_forward_primitive_desc_create",
            ADDRESS,
            ADDRESS,
            JAVA_INT,
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            JAVA_INT,
            ADDRESS);
    static final MethodHandle ATTRIBUTES_CREATE = function("dnnl_primitive_attr_create", ADDRESS);
    static final MethodHandle ATTRIBUTES_SET_SCALES =
            function("dnnl_primitive_attr_set_scales_mask", ADDRESS, JAVA_INT, JAVA_INT);
    static final MethodHandle ATTRIBUTES_SET_POST_OPS = function("dnnl_primitive_attr_set_post_ops", ADDRESS, ADDRESS);
    static final MethodHandle ATTRIBUTES_DESTROY = function("dnnl_primitive_attr_destroy", ADDRESS);
    static final MethodHandle POST_OPS_CREATE = function("dnnl_post_ops_create", ADDRESS);
    static final MethodHandle POST_OPS_APPEND_ELTWISE =
            function("dnnl_post_ops_append_eltwise", ADDRESS, JAVA_INT, JAVA_FLOAT, JAVA_FLOAT);
    static final MethodHandle POST_OPS_DESTROY = function("dnnl_post_ops_destroy", ADDRESS);
    static final MethodHandle REORDER_DESCRIBE =
            function("dnnl_reorder_primitive_desc_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle DESCRIPTION_QUERY =
            function("dnnl_primitive_desc_query", ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    static final MethodHandle DESCRIPTION_QUERY_LAYOUT = LINKER.downcallHandle(
            symbol("dnnl_primitive_desc_query_md"), FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));
    static final MethodHandle DESCRIPTION_DESTROY = function("dnnl_primitive_desc_destroy", ADDRESS);
    static final MethodHandle PRIMITIVE_CREATE = function("dnnl_primitive_create", ADDRESS, ADDRESS);
    static final MethodHandle PRIMITIVE_EXECUTE =
            function("dnnl_primitive_execute", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
    static final MethodHandle PRIMITIVE_DESTROY = function("dnnl_primitive_destroy", ADDRESS);

    private OneDnnLibrary() {}

    /** Runs a create function whose first argument receives the handle. */
    static MemorySegment create(final MethodHandle function, final Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment handle = arena.allocate(ADDRESS);
            final Object[] all = new Object[arguments.length + 1];
            all[0] = handle;
            System.arraycopy(arguments, 0, all, 1, arguments.length);
            call(function, all);
            return handle.get(ADDRESS, 0);
        }
    }

    /** Runs a function that returns a status; only set-up goes through here, the timed calls are exact. */
    static void call(final MethodHandle function, final Object... arguments) {
        try {
            check((int) function.invokeWithArguments(arguments));
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static void check(final int status) {
        if (status != 0) {
            throw new IllegalStateException("oneDNN refuses: status " + status);
        }
    }

    private static MethodHandle function(final String name, final MemoryLayout... arguments) {
        return LINKER.downcallHandle(symbol(name), FunctionDescriptor.of(JAVA_INT, arguments));
    }

    private static MemorySegment symbol(final String name) {
        return SYMBOLS.find(name).orElseThrow(() -> new UnsatisfiedLinkError("oneDNN has no " + name));
    }

    /** libdnnl finds libgomp beside itself, so both are unpacked. */
    private static SymbolLookup load() {
        try {
            Loader.cacheResource(OneDnnLibrary.class, FOLDER + "libgomp.so.1");
            final Path library = Loader.cacheResource(OneDnnLibrary.class, FOLDER + "libdnnl.so.3")
                    .toPath();
            return SymbolLookup.libraryLookup(library, Arena.global());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

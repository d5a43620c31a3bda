package io.engram.trace;

import java.util.List;
import java.util.function.Function;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * By what spans find the one above them, on this node or another: the identifiers of W3C Trace Context, level 1. It travels
 * with requests, and says nothing about them.
 *
 * @param traceId 32 digits of lower-case hexadecimal, not all 0; empty if there is no trace
 * @param spanId 16 such digits, not all 0; empty if there is no trace
 * @param isRecorded whether whoever began the trace records it
 * @param state what vendors add to it, as the header has it; at most {@value #MAX_STATE_CHARS} printable characters of ASCII
 */
public record TraceContext(String traceId, String spanId, boolean isRecorded, String state) {
    /** There is no trace. */
    public static final TraceContext NONE = new TraceContext("", "", false, "");

    /** The header, or metadata, with the identifiers. */
    public static final String TRACEPARENT = "traceparent";
    /** The header, or metadata, with what vendors add. */
    public static final String TRACESTATE = "tracestate";

    /** What everybody has to pass on; a longer one may be left out. */
    static final int MAX_STATE_CHARS = 512;

    private static final int TRACE_ID_CHARS = 32;
    private static final int SPAN_ID_CHARS = 16;
    private static final int TRACE_ID_AT = 3;
    private static final int SPAN_ID_AT = TRACE_ID_AT + TRACE_ID_CHARS + 1;
    private static final int FLAGS_AT = SPAN_ID_AT + SPAN_ID_CHARS + 1;
    private static final int CHARS = FLAGS_AT + 2;

    /** Whether there is a trace at all. */
    public boolean isPresent() {
        return !traceId.isEmpty();
    }

    /** As the header has it; only of one that is present. */
    public String traceparent() {
        return "00-" + traceId + "-" + spanId + (isRecorded ? "-01" : "-00");
    }

    /** A log record that can be found by the trace; the record as it was if there is none. */
    public LoggingEventBuilder into(LoggingEventBuilder record) {
        return isPresent() ? record.addKeyValue("trace_id", traceId).addKeyValue("span_id", spanId) : record;
    }

    /**
     * What a request came with. Headers that are not of the form that the standard asks for count as absent: nobody is refused
     * for them.
     *
     * @param header gives the values of a header by its lower-case name
     */
    public static TraceContext of(Function<String, List<String>> header) {
        var parents = header.apply(TRACEPARENT);
        if (parents.size() != 1) {
            return NONE;
        }
        return parse(parents.getFirst().strip(), String.join(",", header.apply(TRACESTATE)));
    }

    /** {@link #NONE} if it is not well-formed. */
    public static TraceContext parse(String traceparent, String tracestate) {
        if (!isWellFormed(traceparent)) {
            return NONE;
        }
        var flags = Character.digit(traceparent.charAt(FLAGS_AT + 1), 16);
        return new TraceContext(
                traceparent.substring(TRACE_ID_AT, TRACE_ID_AT + TRACE_ID_CHARS),
                traceparent.substring(SPAN_ID_AT, SPAN_ID_AT + SPAN_ID_CHARS),
                (flags & 1) == 1,
                isPassedOn(tracestate) ? tracestate : "");
    }

    /** It goes into headers and metadata as it came. */
    private static boolean isPassedOn(String state) {
        return state.length() <= MAX_STATE_CHARS && state.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    /** Later versions begin like this one, may have more behind it, and are read as if they were this one. */
    private static boolean isWellFormed(String text) {
        return text.length() >= CHARS
                && isHex(text, 0, 2)
                && !text.startsWith("ff")
                && (text.length() == CHARS || (!text.startsWith("00") && text.charAt(CHARS) == '-'))
                && text.charAt(TRACE_ID_AT - 1) == '-'
                && text.charAt(SPAN_ID_AT - 1) == '-'
                && text.charAt(FLAGS_AT - 1) == '-'
                && isId(text, TRACE_ID_AT, TRACE_ID_CHARS)
                && isId(text, SPAN_ID_AT, SPAN_ID_CHARS)
                && isHex(text, FLAGS_AT, 2);
    }

    private static boolean isId(String text, int from, int chars) {
        return isHex(text, from, chars) && text.chars().skip(from).limit(chars).anyMatch(c -> c != '0');
    }

    private static boolean isHex(String text, int from, int chars) {
        return text.chars().skip(from).limit(chars).allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }
}

package io.engram.space;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import io.engram.trace.TraceContext;
import java.io.IOException;

/**
 * A trace in a message between nodes: the text of {@code traceparent}, and behind a space that of {@code tracestate} if there is
 * one. Where there is no trace there is nothing, as in messages of versions that know no traces; and one that cannot be read is
 * none.
 */
final class TraceText {
    private TraceText() {}

    static final class Writer extends StdSerializer<TraceContext> {
        private static final long serialVersionUID = 1L;

        Writer() {
            super(TraceContext.class);
        }

        @Override
        public boolean isEmpty(SerializerProvider provider, TraceContext trace) {
            return !trace.isPresent();
        }

        @Override
        public void serialize(TraceContext trace, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeString(trace.state().isEmpty() ? trace.traceparent() : trace.traceparent() + " " + trace.state());
        }
    }

    static final class Reader extends StdDeserializer<TraceContext> {
        private static final long serialVersionUID = 1L;

        Reader() {
            super(TraceContext.class);
        }

        @Override
        public TraceContext deserialize(JsonParser in, DeserializationContext context) throws IOException {
            var text = in.getValueAsString("");
            var end = text.indexOf(' ');
            return end < 0
                    ? TraceContext.parse(text, "")
                    : TraceContext.parse(text.substring(0, end), text.substring(end + 1));
        }

        @Override
        public TraceContext getNullValue(DeserializationContext context) {
            return TraceContext.NONE;
        }

        @Override
        public TraceContext getAbsentValue(DeserializationContext context) {
            return TraceContext.NONE;
        }
    }
}

package io.engram.http;

import io.engram.space.EngramException;
import io.engram.space.RequestTerms;
import io.engram.space.SpaceClient;
import java.util.Optional;

/** On which terms a request wants to be answered: header before query parameter. */
final class Terms {
    static final String CONSISTENCY = "consistency";
    static final String CONSISTENCY_HEADER = "X-Engram-Consistency";
    static final String ACKNOWLEDGEMENT = "acknowledgement";
    static final String ACKNOWLEDGEMENT_HEADER = "X-Engram-Acknowledgement";
    /** Names the node that answered, where there are several. */
    static final String SERVED_BY_HEADER = "X-Engram-Served-By";

    /** Of the answer of a copy that does not lead the space: how many entries it has and does not show yet. */
    static final String LAG_HEADER = "X-Engram-Lag";

    private Terms() {}

    /** The spaces on a request's terms, by which the request learns who serves it. */
    static SpaceClient apply(SpaceClient spaces, Call call) {
        var consistency = named(call, CONSISTENCY_HEADER, CONSISTENCY);
        var acknowledgement = named(call, ACKNOWLEDGEMENT_HEADER, ACKNOWLEDGEMENT);
        try {
            var terms = RequestTerms.parse(consistency, acknowledgement)
                    .under(call.span().context());
            return spaces.on(terms, call.servedBy()::set);
        } catch (EngramException e) {
            throw Refusal.of(e);
        }
    }

    private static Optional<String> named(Call call, String header, String parameter) {
        return call.route().headers().contains(header)
                ? call.header(header).or(() -> call.query().text(parameter))
                : Optional.empty();
    }
}

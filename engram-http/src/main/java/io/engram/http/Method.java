package io.engram.http;

import java.util.Locale;

/** The methods that routes are declared with; HEAD is answered wherever GET is, and OPTIONS everywhere. */
enum Method {
    GET,
    POST,
    DELETE;

    /** As the API's own description spells it. */
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package io.engram.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The form of a text setting, or of each element of a list. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Form {
    /** A regular expression that the whole text matches. */
    String pattern();

    /** The same in words, as it follows "must be". */
    String says();

    /** An identifier of a memory space. */
    String SPACE_ID = "[a-z0-9_-]{3,64}";

    String SPACE_ID_SAYS = "3 to 64 characters of a-z, 0-9, - and _";

    /** A host name or an address, IPv6 without brackets. */
    String HOST = "[A-Za-z0-9._-]+|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9]+)?";

    String HOST_SAYS = "an IP address or a host name, without a port";

    /** A host and a port. */
    String HOST_PORT = "([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):[0-9]{1,5}";

    String HOST_PORT_SAYS = "host:port";

    /** A host, and a port or none. */
    String HOST_MAYBE_PORT = HOST + "|\\[[0-9A-Fa-f:.]+]|" + HOST_PORT;

    String HOST_MAYBE_PORT_SAYS = "host:port, or a host alone";

    /** A node's name. */
    String NODE_ID = "[A-Za-z0-9._-]{1,128}";

    String NODE_ID_SAYS = "1 to 128 characters of A-Z, a-z, 0-9, ., - and _";
}

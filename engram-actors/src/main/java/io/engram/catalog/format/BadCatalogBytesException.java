package io.engram.catalog.format;

/** Bytes that are not what they should be. */
public final class BadCatalogBytesException extends Exception {
    private static final long serialVersionUID = 1L;

    public BadCatalogBytesException(String message) {
        super(message);
    }
}

package io.engram.node;

/** A data folder that this node may not use, with the reason and what to do in words. */
public final class DataFolderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataFolderException(String message) {
        super(message, null, false, false);
    }
}

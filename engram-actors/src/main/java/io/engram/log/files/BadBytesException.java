package io.engram.log.files;

/** Bytes of a file that are not what LevelDB wrote there. */
class BadBytesException extends Exception {
    private final long offset;

    /** @param offset where in its file the bad bytes begin, or 0 if only the whole is known to be bad */
    BadBytesException(long offset, String message) {
        super(message);
        this.offset = offset;
    }

    long offset() {
        return offset;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}

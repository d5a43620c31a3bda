package io.engram.catalog.format;

import io.engram.catalog.CatalogLimits;
import io.engram.catalog.Document;
import io.engram.catalog.DocumentDelta;

/** Documents and changes of documents as bytes, for caches and for telling others. */
public final class DocumentCodec {
    public static final int VERSION = 1;

    private static final int DOCUMENT = 1;
    private static final int DELTA = 2;

    private final Documents documents;

    /** @param limits beyond which nothing is read; the same on all nodes */
    public DocumentCodec(CatalogLimits limits) {
        documents = new Documents(limits);
    }

    public byte[] encode(Document document) {
        var out = Output.begin(VERSION, DOCUMENT);
        documents.put(out, document);
        return out.seal();
    }

    /** @throws BadCatalogBytesException if these are not the bytes of a document, to the last one */
    public Document document(byte[] bytes) throws BadCatalogBytesException {
        return Input.read(bytes, VERSION, DOCUMENT, documents::document);
    }

    public byte[] encode(DocumentDelta delta) {
        var out = Output.begin(VERSION, DELTA);
        documents.put(out, delta);
        return out.seal();
    }

    /** @throws BadCatalogBytesException if these are not the bytes of a change, to the last one */
    public DocumentDelta delta(byte[] bytes) throws BadCatalogBytesException {
        return Input.read(bytes, VERSION, DELTA, documents::delta);
    }
}

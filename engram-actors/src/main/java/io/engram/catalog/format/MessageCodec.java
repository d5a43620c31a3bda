package io.engram.catalog.format;

import io.engram.catalog.CatalogLimits;
import io.engram.catalog.Envelope;
import io.engram.catalog.FoundingRefusal;
import io.engram.catalog.Message;

/** Envelopes as bytes. The kind, in the second byte, says which message it is; a number once given is never used for another. */
public final class MessageCodec {
    public static final int VERSION = 1;

    private static final int PREPARE = 1;
    private static final int QUERY = 2;
    private static final int ACCEPT = 3;
    private static final int INSTALL = 4;
    private static final int LOCATE = 5;
    private static final int ASK_READY = 6;
    private static final int FOUND = 7;
    private static final int PROMISE = 8;
    private static final int STATE = 9;
    private static final int ACCEPTED = 10;
    private static final int REJECTED = 11;
    private static final int NOT_INSTALLED = 12;
    private static final int NEED_WHOLE = 13;
    private static final int INSTALLED = 14;
    private static final int FORWARD = 15;
    private static final int READY = 16;
    private static final int FOUNDING_ACCEPTED = 17;
    private static final int FOUNDING_REFUSED = 18;

    private static final FoundingRefusal[] REFUSALS = FoundingRefusal.values();

    private final Documents documents;
    private final CatalogLimits limits;

    /** @param limits beyond which nothing is read; the same on all nodes */
    public MessageCodec(CatalogLimits limits) {
        this.limits = limits;
        documents = new Documents(limits);
    }

    public byte[] encode(Envelope envelope) {
        var message = envelope.message();
        var out = Output.begin(VERSION, kind(message));
        Parts.put(out, envelope.from());
        Parts.put(out, envelope.to());
        switch (message) {
            case Message.Prepare(var generation, var ballot, var known) -> {
                Parts.put(out, generation);
                Parts.put(out, ballot);
                out.putOptional(known, Parts::put);
            }
            case Message.Query(var generation, var ballot, var known) -> {
                Parts.put(out, generation);
                Parts.put(out, ballot);
                out.putOptional(known, Parts::put);
            }
            case Message.Accept(var generation, var ballot, var document) -> {
                Parts.put(out, generation);
                Parts.put(out, ballot);
                documents.put(out, document);
            }
            case Message.Install(var founding) -> documents.put(out, founding);
            case Message.Locate() -> {}
            case Message.AskReady(var cluster, var nonce) -> {
                out.putUuid(cluster);
                out.putLong(nonce);
            }
            case Message.Found(var founding, var named) -> {
                documents.put(out, founding);
                Parts.putIncarnations(out, named);
            }
            case Message.Promise(var generation, var ballot, var acceptedAt, var accepted) -> {
                Parts.put(out, generation);
                Parts.put(out, ballot);
                Parts.put(out, acceptedAt);
                documents.put(out, accepted);
            }
            case Message.State(var generation, var ballot, var acceptedAt, var accepted) -> {
                Parts.put(out, generation);
                Parts.put(out, ballot);
                Parts.put(out, acceptedAt);
                documents.put(out, accepted);
            }
            case Message.Rejected(var generation, var ballot, var promised) -> {
                Parts.put(out, generation);
                Parts.put(out, ballot);
                Parts.put(out, promised);
            }
            case Message.Accepted(var generation, var ballot) -> {
                Parts.put(out, generation);
                Parts.put(out, ballot);
            }
            case Message.NotInstalled(var generation, var ballot) -> {
                Parts.put(out, generation);
                Parts.put(out, ballot);
            }
            case Message.NeedWhole(var generation, var ballot) -> {
                Parts.put(out, generation);
                Parts.put(out, ballot);
            }
            case Message.Installed(var generation) -> Parts.put(out, generation);
            case Message.Forward(var founding) -> documents.put(out, founding);
            case Message.Ready(var nonce) -> out.putLong(nonce);
            case Message.FoundingAccepted(var founding) -> Parts.put(out, founding);
            case Message.FoundingRefused(var founding, var refusal) -> {
                Parts.put(out, founding);
                out.putByte(refusal.ordinal());
            }
        }
        return out.seal();
    }

    /** @throws BadCatalogBytesException if these are not the bytes of an envelope, to the last one */
    public Envelope decode(byte[] bytes) throws BadCatalogBytesException {
        var kind = bytes.length > 1 ? bytes[1] : 0;
        return Input.read(
                bytes,
                VERSION,
                kind,
                in -> new Envelope(Parts.incarnation(in), Parts.incarnation(in), message(in, kind)));
    }

    private Message message(Input in, int kind) throws BadCatalogBytesException {
        return switch (kind) {
            case PREPARE ->
                new Message.Prepare(Parts.generation(in), Parts.ballot(in), in.getOptional(Parts::documentId));
            case QUERY -> new Message.Query(Parts.generation(in), Parts.ballot(in), in.getOptional(Parts::documentId));
            case ACCEPT -> new Message.Accept(Parts.generation(in), Parts.ballot(in), documents.carried(in));
            case INSTALL -> new Message.Install(documents.document(in));
            case LOCATE -> new Message.Locate();
            case ASK_READY -> new Message.AskReady(in.getUuid(), in.getLong());
            case FOUND -> new Message.Found(documents.document(in), Parts.incarnations(in, limits.nodes()));
            case PROMISE ->
                new Message.Promise(Parts.generation(in), Parts.ballot(in), Parts.ballot(in), documents.carried(in));
            case STATE ->
                new Message.State(Parts.generation(in), Parts.ballot(in), Parts.ballot(in), documents.carried(in));
            case ACCEPTED -> new Message.Accepted(Parts.generation(in), Parts.ballot(in));
            case REJECTED -> new Message.Rejected(Parts.generation(in), Parts.ballot(in), Parts.ballot(in));
            case NOT_INSTALLED -> new Message.NotInstalled(Parts.generation(in), Parts.ballot(in));
            case NEED_WHOLE -> new Message.NeedWhole(Parts.generation(in), Parts.ballot(in));
            case INSTALLED -> new Message.Installed(Parts.generation(in));
            case FORWARD -> new Message.Forward(documents.document(in));
            case READY -> new Message.Ready(in.getLong());
            case FOUNDING_ACCEPTED -> new Message.FoundingAccepted(Parts.documentId(in));
            case FOUNDING_REFUSED -> new Message.FoundingRefused(Parts.documentId(in), in.getOneOf(REFUSALS));
            default -> throw new BadCatalogBytesException("no message is of kind " + kind);
        };
    }

    private static int kind(Message message) {
        return switch (message) {
            case Message.Prepare _ -> PREPARE;
            case Message.Query _ -> QUERY;
            case Message.Accept _ -> ACCEPT;
            case Message.Install _ -> INSTALL;
            case Message.Locate _ -> LOCATE;
            case Message.AskReady _ -> ASK_READY;
            case Message.Found _ -> FOUND;
            case Message.Promise _ -> PROMISE;
            case Message.State _ -> STATE;
            case Message.Accepted _ -> ACCEPTED;
            case Message.Rejected _ -> REJECTED;
            case Message.NotInstalled _ -> NOT_INSTALLED;
            case Message.NeedWhole _ -> NEED_WHOLE;
            case Message.Installed _ -> INSTALLED;
            case Message.Forward _ -> FORWARD;
            case Message.Ready _ -> READY;
            case Message.FoundingAccepted _ -> FOUNDING_ACCEPTED;
            case Message.FoundingRefused _ -> FOUNDING_REFUSED;
        };
    }
}

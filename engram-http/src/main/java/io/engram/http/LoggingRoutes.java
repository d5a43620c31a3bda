package io.engram.http;

import static io.engram.http.Route.Kind.OPERATION;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The log's level, for operators on the machine itself. */
final class LoggingRoutes {
    private static final String PATH = "/api/v1/system/log-level";

    private final LogControl log;
    private final HttpSettings settings;

    LoggingRoutes(LogControl log, HttpSettings settings) {
        this.log = log;
        this.settings = settings;
    }

    List<Route> routes() {
        return List.of(
                Route.of(Method.GET, PATH, OPERATION, _ -> level()),
                Route.of(Method.POST, PATH, OPERATION, this::change).withBody());
    }

    private CompletionStage<Answer> level() {
        return CompletableFuture.completedFuture(Answer.ok(Json.object().put("level", log.level())));
    }

    private CompletionStage<Answer> change(Call call) {
        if (!settings.remoteShutdown() && !call.isFromHere()) {
            throw new Refusal(403, "FORBIDDEN", "the log's level is changed from this machine itself only");
        }
        var fields = Fields.of(call.json(), "");
        var level = fields.text("level").orElseThrow(() -> fields.missing("level"));
        try {
            log.level(level);
        } catch (IllegalArgumentException e) {
            throw Refusal.badRequest("'level' must be " + e.getMessage());
        }
        return level();
    }
}

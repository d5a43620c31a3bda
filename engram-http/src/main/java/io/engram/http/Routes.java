package io.engram.http;

import java.util.ArrayList;
import java.util.List;

/** The routing table: the only place that says which routes there are. */
final class Routes {
    private Routes() {}

    static List<Route> all(
            HttpContext context,
            HttpSettings settings,
            HealthReport report,
            RequestWindow window,
            Drain drain,
            Runnable afterShutdownAnswer) {
        var routes = new ArrayList<Route>();
        routes.addAll(new MemoryRoutes(context.spaces(), settings, drain::load).routes());
        routes.addAll(new SpaceRoutes(context).routes());
        routes.addAll(new SystemRoutes(context, settings, report, window, afterShutdownAnswer).routes());
        context.log().ifPresent(log -> routes.addAll(new LoggingRoutes(log, settings).routes()));
        routes.addAll(new MetricsRoutes(context.meters(), context.clock(), window).routes());
        routes.addAll(new DocumentRoutes().routes());
        routes.addAll(new ClusterRoutes(context).routes());
        routes.addAll(PlannedRoutes.routes());
        return routes;
    }
}

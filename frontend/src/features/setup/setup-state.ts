import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";

/** Whether the first account is still to be made. */
export const setupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: async () => {
    const { data } = await api.GET("/api/v1/setup");
    return data?.needed ?? false;
  },
  retry: false,
});

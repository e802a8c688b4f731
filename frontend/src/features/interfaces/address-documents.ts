import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { resultOf } from "@/features/interfaces/result-of";

export type AddressOwner = components["schemas"]["AddressView"];
export type Pool = components["schemas"]["PoolView"];
export type Reservation = components["schemas"]["ReservationView"];

/** How full the pools are, what is reserved, and what rests. */
export const addressesQuery = (interfaceId: string) =>
  queryOptions({
    queryKey: ["addresses", interfaceId],
    queryFn: async ({ signal }) => {
      const { data } = await api.GET("/api/v1/interfaces/{interface_id}/addresses", {
        params: { path: { interface_id: interfaceId } },
        signal,
      });
      return resultOf(data);
    },
    staleTime: 5_000,
    retry: false,
  });

/** Who has an address. */
export async function findOwner(interfaceId: string, address: string): Promise<AddressOwner> {
  const { data } = await api.GET("/api/v1/interfaces/{interface_id}/addresses/{address}", {
    params: { path: { interface_id: interfaceId, address } },
  });
  return resultOf(data);
}

/** Keep an address from being given to a peer. */
export async function reserve(interfaceId: string, address: string, note: string): Promise<void> {
  await api.POST("/api/v1/interfaces/{interface_id}/reservations", {
    params: { path: { interface_id: interfaceId } },
    body: { address, note },
  });
}

/** Give a reserved address back. */
export async function endReservation(interfaceId: string, reservationId: Reservation["id"]): Promise<void> {
  await api.DELETE("/api/v1/interfaces/{interface_id}/reservations/{reservation_id}", {
    params: { path: { interface_id: interfaceId, reservation_id: reservationId } },
  });
}

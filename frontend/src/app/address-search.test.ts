import { expect, test } from "vitest";
import { parseAddressSearch, stringifyAddressSearch } from "@/app/address-search";

test("a search can be read in the address, and comes back as it was", () => {
  const search = { q: "is:active ip:10.0.0.0/8", sort: "-rx_rate", peer: "a+b/c=" };
  const text = stringifyAddressSearch(search);
  expect(text).toBe("?q=is:active%20ip:10.0.0.0/8&sort=-rx_rate&peer=a%2Bb/c=");
  expect(parseAddressSearch(text)).toEqual(search);
});

test("numbers and words of JSON stay the text that they are", () => {
  expect(parseAddressSearch("?q=10")).toEqual({ q: "10" });
  expect(stringifyAddressSearch({ q: "true", sort: undefined, peer: "" })).toBe("?q=true");
});

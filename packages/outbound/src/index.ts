export { AddressLookup, type AddressLookupOptions } from './address-lookup.ts'

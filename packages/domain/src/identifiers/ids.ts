import { CodedError } from '../errors/coded-error.ts'

declare const brand: unique symbol
type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/** A tenant: 1-64 of `A-Z a-z 0-9 _ -`. `siteId` in entities is the same value. */
export type AccountId = Branded<string, 'AccountId'>
/** A certificate of an account: an integer from 1 to 2^53 - 1. */
export type CertificateId = Branded<number, 'CertificateId'>
/** A mapping of an account: an integer from 1 to 2^53 - 1. */
export type MappingId = Branded<number, 'MappingId'>
/** A random id of something written once (key, chain, version, secret): 1-64 of `A-Z a-z 0-9 _ -`. */
export type RecordId = Branded<string, 'RecordId'>

const word = /^[A-Za-z0-9_-]{1,64}$/

/** @throws CodedError `ACCOUNT_ID_INVALID` */
export function parseAccountId(text: string): AccountId {
  if (!word.test(text)) {
    throw new CodedError('ACCOUNT_ID_INVALID', 'An account id is 1 to 64 of the characters A-Z a-z 0-9 _ -.')
  }
  return text as AccountId
}

/** Record ids are made here and by nobody else, so a bad one is a defect, not a user's mistake. */
export function parseRecordId(text: string): RecordId {
  if (!word.test(text)) throw new TypeError('a record id is 1 to 64 of A-Z a-z 0-9 _ -')
  return text as RecordId
}

/** Takes a number or a string of digits, as clients send both; undefined if it is no id. */
export function parseCertificateId(value: unknown): CertificateId | undefined {
  return parseInteger(value) as CertificateId | undefined
}

/** Takes a number or a string of digits, as clients send both; undefined if it is no id. */
export function parseMappingId(value: unknown): MappingId | undefined {
  return parseInteger(value) as MappingId | undefined
}

function parseInteger(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined
}

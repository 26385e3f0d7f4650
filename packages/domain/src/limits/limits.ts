import { CodedError } from '../errors/coded-error.ts'

/**
 * Bits of the RSA key of a client certificate. Every handshake signs with it on the forwarder's event loop, for 2 ms
 * with 4,096 bits and 350 ms with 15,636.
 */
export const maxClientRsaBits = 4_096

/** App keys of one account. */
export const maxAppKeys = 50

/** Trust lists of one account: its document tells what is in each. */
export const maxTrusts = 50

/** Invitations of one account that have not expired. */
export const maxInvitations = 20

/** The longest that an invitation lasts. */
export const maxInvitationDays = 30

/** Handovers of one certificate that have not expired. */
export const maxHandoversOfCertificate = 50

/** Those of one account: its document holds them. */
export const maxHandovers = 200

/** The longest that a handover lasts. */
export const maxHandoverDays = 30

/** Mappings that a handover asks about: the owner of a target has few. */
export const maxHandoverMappings = 100

/** Characters of the note in its answer. */
export const maxHandoverNoteLength = 500

/** How often that note is changed. */
export const maxHandoverNotes = 20

/** Signing keys of one account: of each use one that signs, and those before and after it. */
export const maxSigningKeys = 20

/** Urls that a probe names, and those whose results the account keeps. */
export const maxProbedUrls = 100

/**
 * 400 naming field and limit; `unit` is what the limit counts, as a word in the plural.
 * @param named what the sentence calls the field
 */
export function limitExceeded(field: string, limit: number, unit: string, named = `"${field}"`): CodedError {
  return new CodedError('LIMIT_EXCEEDED', `${named} may have at most ${limit} ${unit}.`, {
    details: { field, limit },
  })
}

import { CodedError, digestOf, hasExpired, type Invitation, invitationActor, isSameDigest } from '@mtls-gateway/domain'
import { type BearerVerifier, tokenInvalid } from '../bearer/bearer-verifier.ts'
import type { AppKeyMacs } from '../oauth1/app-key-macs.ts'
import type { Principal } from '../principal.ts'
import { hasRightMac, type InvitationName, parseInvitationSecret } from './invitation-secret.ts'

/** Where invitations come from. */
export interface InvitationSource {
  /** As the account has it now: what was revoked stops with the next request. Undefined if there is none. */
  find(name: InvitationName): Promise<Invitation | undefined>
}

export interface InvitationVerifierOptions {
  readonly invitations: InvitationSource
  readonly macs: AppKeyMacs
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Verifies the tokens that invitations are redeemed for. An invented one costs no look-up. */
export class InvitationVerifier implements BearerVerifier {
  readonly #options: InvitationVerifierOptions

  constructor(options: InvitationVerifierOptions) {
    this.#options = options
  }

  async verify(token: string): Promise<Principal> {
    const { invitations, macs, clock } = this.#options
    const name = parseInvitationSecret('token', token)
    if (name === undefined || !(await hasRightMac(token, macs))) {
      throw tokenInvalid('invitation-unknown', 'no invitation has it')
    }
    const invitation = await invitations.find(name)
    if (!invitation?.tokenSha256 || !isSameDigest(invitation.tokenSha256, digestOf(token))) {
      throw tokenInvalid('invitation-revoked', 'its invitation was revoked, or has expired')
    }
    if (hasExpired(invitation, new Date(clock()).toISOString())) {
      throw new CodedError('TOKEN_EXPIRED', 'The invitation has expired. Ask whoever sent it for another.', {
        refusal: { reason: 'invitation-expired' },
      })
    }
    const { id, scopes, expiresAt } = invitation
    return {
      kind: 'bearer',
      subject: invitationActor(invitation),
      accounts: new Set([name.accountId]),
      scopes: new Set(scopes),
      expiresAtMs: Date.parse(expiresAt),
      invitation: id,
    }
  }
}

/** For services that take no invitations. No issuer is asked about such a token: it is not for others to see. */
export const refusedInvitations: BearerVerifier = {
  verify: () => Promise.reject(tokenInvalid('invitation-not-taken', 'those of invitations are for config-api alone')),
}

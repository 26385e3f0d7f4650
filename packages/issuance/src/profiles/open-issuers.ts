import { readFileSync } from 'node:fs'
import { type AccountId, CodedError, requestKeyTypes } from '@mtls-gateway/domain'
import { AcmeIssuer } from '../acme/acme-issuer.ts'
import { ChallengeAnswers } from '../acme/challenge-answers.ts'
import type { Issuer } from '../issuer.ts'
import { IssuerError } from '../issuer-error.ts'
import type { IssuerProfile, Issuers } from '../issuers.ts'
import { LocalIssuer } from '../local/local-issuer.ts'
import type { IssuerParts } from './kinds.ts'
import { type OpenProfile, readProfiles } from './profile-file.ts'

/** What keeps a profile from issuing now. */
export interface IssuerFault {
  /** Several, if it is about what they have together. */
  readonly profile: string
  readonly error: IssuerError
  /** It may issue all the same. */
  readonly isWarning?: true
}

/** Without a file: a CA for each account. */
const localProfile: IssuerProfile = {
  name: 'local',
  kind: 'local',
  description: 'A CA of your own, which this gateway keeps. Targets have to trust it.',
  keyTypes: requestKeyTypes,
}

/** The issuers of a deployment, by the profiles of `ISSUERS_FILE`. */
export class OpenedIssuers implements Issuers {
  readonly #profiles: ReadonlyMap<string, OpenProfile>
  readonly #challengeAnswers: ChallengeAnswers

  constructor(profiles: readonly OpenProfile[]) {
    this.#profiles = new Map(profiles.map((open) => [open.profile.name, open]))
    const issuers = profiles.map(({ issuer }) => issuer)
    this.#challengeAnswers = new ChallengeAnswers(issuers.filter((issuer) => issuer instanceof AcmeIssuer))
  }

  profiles(account: AccountId): readonly IssuerProfile[] {
    const allowed = [...this.#profiles.values()].filter((open) => isFor(open, account))
    return allowed.map(({ profile }) => profile).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  find(account: AccountId, profile: string): Issuer | undefined {
    const open = this.#profiles.get(profile)
    return open !== undefined && isFor(open, account) ? open.issuer : undefined
  }

  /** What proves a name to a CA that has asked for this token (http-01). Undefined: nobody has such a proof. */
  answerChallenge(token: string): Promise<string | undefined> {
    return this.#challengeAnswers.answer(token)
  }

  /**
   * Asks every issuer whether it would issue. A deployment goes on without those that would not.
   * @param signal ends it: who has not answered by then is a fault, and hides nothing of the others
   */
  async check(signal: AbortSignal): Promise<readonly IssuerFault[]> {
    const checks = [...this.#profiles.values()].map(async ({ profile, issuer }) => {
      try {
        await issuer.check(signal)
        return []
      } catch (error) {
        if (error instanceof IssuerError) return [{ profile: profile.name, error }]
        if (!signal.aborted) throw error
        return [{ profile: profile.name, error: tooSlow(error) }]
      }
    })
    const faults: readonly IssuerFault[] = (await Promise.all(checks)).flat()
    return (await this.#challengeAnswers.areAmbiguous()) ? [...faults, this.#ambiguity()] : faults
  }

  async close(): Promise<void> {
    await Promise.all([...this.#profiles.values()].map(({ issuer }) => issuer.close()))
  }

  #ambiguity(): IssuerFault {
    const profiles = [...this.#profiles.values()].filter(({ issuer }) => issuer instanceof AcmeIssuer)
    const message =
      'These profiles of the kind acme have different account keys, so the gateway proves no name by http-01. Give them the same accountKeyFile, unless their CAs have authorised all names beforehand.'
    return {
      profile: profiles.map(({ profile }) => profile.name).join(', '),
      error: new IssuerError('ISSUER_FORBIDDEN', message),
      isWarning: true,
    }
  }
}

/**
 * @param file path of the profiles in JSON; undefined: a CA for each account
 * @throws CodedError `CONFIGURATION_INVALID` that reports all errors at once, each with the name of its profile
 */
export function openIssuers(file: string | undefined, parts: IssuerParts): OpenedIssuers {
  if (file === undefined) {
    const issuer = new LocalIssuer({ cas: parts.cas, profile: localProfile })
    return new OpenedIssuers([{ name: localProfile.name, profile: localProfile, accounts: 'all', issuer }])
  }
  const { opened, faults } = readProfiles(readFile(file), parts)
  if (faults.length === 0) return new OpenedIssuers(opened)
  void new OpenedIssuers(opened).close()
  const lines = faults.map((fault) => `- ${fault}`)
  throw new CodedError('CONFIGURATION_INVALID', `ISSUERS_FILE (${file}) is not valid:\n${lines.join('\n')}`)
}

function tooSlow(cause: unknown): IssuerError {
  const message = 'The issuer did not answer in the time that a check has. Look at its server, and at the way to it.'
  return new IssuerError('ISSUER_UNREACHABLE', message, { cause })
}

function isFor({ accounts }: OpenProfile, account: AccountId): boolean {
  return accounts === 'all' || accounts.has(account)
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CodedError('CONFIGURATION_INVALID', `ISSUERS_FILE (${path}) cannot be read: ${code}.`, { cause })
  }
}

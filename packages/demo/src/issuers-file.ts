import { readFile } from 'node:fs/promises'

/** What the demo orders from; both are the account's own CA. */
export const demoProfiles = { usual: 'local', twoMinutes: 'two-minutes' } as const

/** It is dated back by another minute, so its plan renews it a minute after it came. */
const shortLifetimeSeconds = 120

interface IssuersFile {
  readonly profiles: readonly { readonly name: string }[]
}

/** The issuers of the services, as `ISSUERS_FILE` has them: those of the user, and those of the demo. */
export async function issuersFile({ ISSUERS_FILE: file }: NodeJS.ProcessEnv): Promise<string> {
  const common = { kind: 'local', accounts: 'all', keyTypes: ['EC-P256', 'EC-P384', 'RSA-2048', 'RSA-3072'] }
  const own = [
    { ...common, name: demoProfiles.usual, description: 'A CA of your own, for 90 days.', lifetime: '90d' },
    {
      ...common,
      name: demoProfiles.twoMinutes,
      description: 'The same CA, for two minutes: to see renewals.',
      lifetime: `${shortLifetimeSeconds}s`,
    },
  ]
  const users: IssuersFile['profiles'] = file ? JSON.parse(await readFile(file, 'utf8')).profiles : []
  const added = own.filter(({ name }) => !users.some((each) => each.name === name))
  return `${JSON.stringify({ profiles: [...users, ...added] }, null, 2)}\n`
}

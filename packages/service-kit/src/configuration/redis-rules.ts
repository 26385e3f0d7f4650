import type { CommonConfiguration, CommonSettings } from './common-settings.ts'
import type { ConfigurationRule } from './parse-configuration.ts'

type Rule = ConfigurationRule<CommonConfiguration>

/** A user, and the file with its password. */
const logins = [
  ['redisUsername', 'redisPasswordFile'],
  ['redisSentinelUsername', 'redisSentinelPasswordFile'],
] as const

/** How the services log in to Redis, and how long they wait for it. */
export function redisRules(settings: CommonSettings): readonly Rule[] {
  return [
    ...logins.map(([user, file]) => userHasPassword(settings, user, file)),
    oneLogin(settings),
    timeoutBounds(settings),
  ]
}

function userHasPassword(
  settings: CommonSettings,
  user: (typeof logins)[number][0],
  file: (typeof logins)[number][1],
): Rule {
  return (values) => {
    const isWithoutFile = file in values && values[file] === undefined
    if (values[user] === undefined || !isWithoutFile) return []
    const { variable, example } = settings[file]
    return [{ variable, problem: `is required together with ${settings[user].variable}`, example }]
  }
}

/** Otherwise one of two passwords would have no effect, and nobody would see which. */
function oneLogin({ redisUrls: { variable, example }, redisUsername, redisPasswordFile }: CommonSettings): Rule {
  return (values) => {
    if (values.redisPasswordFile === undefined) return []
    const urls = values.redisUrls?.reveal().map((url) => new URL(url)) ?? []
    const hasPassword = urls.some(({ password }) => password !== '')
    const hasUser = values.redisUsername !== undefined && urls.some(({ username }) => username !== '')
    if (!hasPassword && !hasUser) return []
    const [what, other] = hasPassword ? ['password', redisPasswordFile.variable] : ['user', redisUsername.variable]
    return [{ variable, problem: `must have no ${what} beside ${other}`, example }]
  }
}

/** A shorter time would refuse calls of a busy Redis; a longer one is a mistake. */
function timeoutBounds({ redisTimeoutMs: { variable, example } }: CommonSettings): Rule {
  return ({ redisTimeoutMs: timeout }) =>
    timeout === undefined || (timeout >= 50 && timeout <= 30_000)
      ? []
      : [{ variable, problem: 'must be from 50ms to 30s', example }]
}

import type { CommonConfiguration, CommonSettings } from './common-settings.ts'
import type { ConfigurationRule } from './parse-configuration.ts'

type Rule = ConfigurationRule<CommonConfiguration>

/** How long the services wait for Redis. */
export function redisRules(settings: CommonSettings): readonly Rule[] {
  return [timeoutBounds(settings)]
}

/** A shorter time would refuse calls of a busy Redis; a longer one is a mistake. */
function timeoutBounds({ redisTimeoutMs: { variable, example } }: CommonSettings): Rule {
  return ({ redisTimeoutMs: timeout }) =>
    timeout === undefined || (timeout >= 50 && timeout <= 30_000)
      ? []
      : [{ variable, problem: 'must be from 50ms to 30s', example }]
}

import { readFileSync } from 'node:fs'
import { Secret, type Setting, type Settings } from '@mtls-gateway/service-kit'

/** A variable as it may be shown to others. */
export interface ShownSetting {
  readonly value: string | null
  readonly from: 'environment' | 'default' | 'nowhere'
}

const masked = '[secret]'

/** Every setting as it takes effect. Secrets are masked by their kind, and what is not valid is not shown. */
export function shownSettings(settings: Settings, environment: NodeJS.ProcessEnv): Record<string, ShownSetting> {
  return Object.fromEntries(Object.values(settings).map((setting) => [setting.variable, shown(setting, environment)]))
}

/** The secrets that the settings hold, or that are in the files which they name. */
export function secretsOf(settings: Settings, environment: NodeJS.ProcessEnv): readonly string[] {
  return Object.values(settings).flatMap((setting) => {
    const given = textOf(setting, environment)
    if (given === undefined) return []
    if (setting.isSecretFile) return contentOf(given)
    return isSecret(setting, given) ? [given, ...partsOf(given)] : []
  })
}

function shown(setting: Setting<unknown>, environment: NodeJS.ProcessEnv): ShownSetting {
  const given = textOf(setting, environment)
  if (given === undefined)
    return { value: setting.default ?? null, from: setting.default === undefined ? 'nowhere' : 'default' }
  const { success } = setting.schema.safeParse(given)
  if (!success) return { value: '(not valid)', from: 'environment' }
  return { value: isSecret(setting, given) ? masked : given, from: 'environment' }
}

function textOf({ variable }: Setting<unknown>, environment: NodeJS.ProcessEnv): string | undefined {
  return environment[variable]?.trim() || undefined
}

function isSecret({ schema }: Setting<unknown>, given: string): boolean {
  return schema.safeParse(given).data instanceof Secret
}

/** The passwords in the urls of REDIS_URL, as they are and decoded. */
function partsOf(given: string): readonly string[] {
  return given.split(',').flatMap((item) => {
    const password = URL.parse(item.trim())?.password ?? ''
    return password === '' ? [] : [password, decoded(password)]
  })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What a JSON string says. */
function unescaped(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`))
  } catch {
    return text
  }
}

function contentOf(path: string): readonly string[] {
  try {
    const content = readFileSync(path, 'utf8').trim()
    // JSON, as EGRESS_PROXIES_FILE is.
    const passwords = [...content.matchAll(/"password"\s*:\s*"((?:[^"\\]|\\.)+)"/g)].flatMap(([, text = '']) => [
      text,
      unescaped(text),
    ])
    // A key in PEM may occur in parts.
    return content === '' ? [] : [content, ...passwords, ...content.split(/\s+/).filter((line) => line.length >= 32)]
  } catch {
    return []
  }
}

import type { Settings } from './setting.ts'

export interface SettingDescription {
  readonly name: string
  /** Empty if there is none. */
  readonly default: string
  readonly required: boolean
  readonly meaning: string
}

/** What the documentation lists about each variable, in the order of the settings. */
export function describeSettings(settings: Settings): readonly SettingDescription[] {
  return Object.values(settings).map((setting) => ({
    name: setting.variable,
    default: setting.default ?? '',
    required: setting.required && setting.default === undefined,
    meaning: setting.meaning,
  }))
}

import { commandGroup } from '../command-group.ts'
import { setSettingsCommand } from './set-settings.ts'
import { showSettingsCommand } from './show-settings.ts'
import { testWebhookCommand } from './test-webhook.ts'

export const settingsCommand = commandGroup('settings', 'show and set the settings of the account', [
  showSettingsCommand,
  setSettingsCommand,
  testWebhookCommand,
])

import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { chooseAction, expectFits, expectRow, expectToast } from './support/on-the-page.ts'

const token = 'T0000/B0000/verysecrettoken'

test('somebody is added who is told, tested and removed, and the url is not shown', async ({
  page,
  account,
  system,
  expectedFaults,
}) => {
  expectedFaults.push(/^501 PUT .*settings/)
  await page.goto(account.path('settings'))
  const card = page.getByRole('region', { name: 'Notices' })
  await expect(card).toContainText('Nobody is told yet.')
  await card.getByRole('button', { name: 'Add a recipient' }).click()
  const form = page.getByRole('dialog', { name: 'Add a recipient' })

  // This system has no mail server.
  await form.getByLabel('Address').fill('ops@bank.example')
  await form.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(form).toContainText('This gateway sends no mail.')

  await form.getByLabel('Channel').selectOption('webhook')
  await expect(form).not.toContainText('This gateway sends no mail.')
  await form.getByLabel('Url of the webhook').fill(`${system.partner.url}/${token}`)
  await form.getByLabel('A renewal failed').uncheck()
  await form.getByLabel('Lifetime left, in percent').fill('a')
  await expect(form).toContainText('Write numbers between 0 and 100')
  await form.getByLabel('Lifetime left, in percent').fill('20, 5')
  await form.getByText('As a command').click()
  await expect(form.getByRole('region', { name: 'the command' })).toHaveText(
    /^mtls notices add webhook --url-file FILE --event certificate.expiring .* --share 0.2 --share 0.05$/,
  )
  await expectNoAxeViolations(page)
  for (const width of [320, 390, 1_280]) await expectFits(page, width)
  await form.getByRole('button', { name: 'Add', exact: true }).click()

  const shown = `https://${new URL(system.partner.url).host}/...`
  await expectToast(page, `${shown} will be told.`)
  await expect(card.getByRole('region', { name: 'the secret of the recipient' })).toContainText('whsec_')
  await expectRow(page, { To: shown, Channel: 'Webhook', 'Lifetime left': '20 %, 5 %' })
  await expectNoAxeViolations(page)
  for (const width of [320, 390, 1_280]) await expectFits(page, width)

  await chooseAction(page, shown, `Test ${shown}`)
  // The partner demands a client certificate, which notices come without.
  await expect(card.getByRole('alert').filter({ hasText: `Not delivered: ${shown}` })).toBeVisible()
  await page.reload()
  await expect(card.getByRole('table')).toBeVisible()
  expect(await page.content()).not.toContain('verysecrettoken')

  await chooseAction(page, shown, `Remove ${shown}`)
  const dialog = page.getByRole('dialog', { name: `Remove ${shown}` })
  await expectNoAxeViolations(page)
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
  await expectToast(page, `${shown} is told no longer.`)
  await expect(card).toContainText('Nobody is told yet.')
})

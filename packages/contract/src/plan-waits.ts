/** What a person does about a plan that waits, by `waitsFor`. */
export const planWaitAdvice = {
  signature: 'Have a CA sign the request that is staged and upload the certificate, or drop it.',
  promotion: 'Promote what is staged, or drop it.',
  test: 'Test what is staged.',
  differences:
    'What is staged is not a usual renewal. Compare it with the version in use. Promote it if that is meant, or drop it.',
  owners: 'The owners of the remaining targets have to register what is staged. Then promote these mappings.',
  approval: 'Its promotion needs the word of a second person. Approve the request, or refuse it.',
  refusal: 'Its promotion was refused. Ask for it again by promoting it, or drop what is staged.',
  rollback: 'What was promoted was rolled back. Promote it again, or drop it.',
} as const

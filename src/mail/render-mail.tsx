export function renderMail(
  config: { productName: string },
  c: {
    template: string;
    link: string;
    code: string | null;
    expiresInSeconds: number | null;
    details: unknown;
  },
) {
  return {
    subject: `${config.productName}: ${c.template}`,
    text: `${c.link}\n${c.code ?? ""}`,
    html: `<p>${c.link}</p>`,
  };
}

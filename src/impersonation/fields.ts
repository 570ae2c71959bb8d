import { textField } from "../http/fields.ts";

export const reasonField = textField(500)
  .refine((text) => text.trim() !== "", "required")
  .openapi({ example: "Ticket 4711: cannot see the invoice" });

import type { AwsError } from "../service.ts";
import { readForm, type FormStyle } from "./form-reader.ts";
import type { Protocol, WireAnswer } from "./protocol.ts";
import { element, writeXml } from "./xml-writer.ts";

const XML = { "content-type": "text/xml;charset=UTF-8" };

const AWS_QUERY: FormStyle = {
  memberKey: (name, traits) => traits.xmlName ?? name,
  isFlat: (traits) => Boolean(traits.xmlFlattened),
  unreadable: "MalformedInput",
};

const EC2_QUERY: FormStyle = {
  memberKey: (name, traits) => (traits.ec2QueryName as string | undefined) ?? capitalised(traits.xmlName ?? name),
  isFlat: () => true,
  unreadable: "InvalidParameterValue",
};

/** EC2's own dialect of the query protocol. */
export function ec2Query(xmlNamespace: string): Protocol {
  return {
    operationNameOf: (request) => (request.isForm ? (request.form.get("Action") ?? undefined) : undefined),
    read: (operation, request) => readForm(operation.input, request.form, EC2_QUERY),
    write: (operation, output, requestId) => {
      const content = writeXml(operation.output, output) || "<return>true</return>";
      return xml(200, response(operation.name, xmlNamespace, element("requestId", requestId) + content));
    },
    writeError: (error, requestId) =>
      xml(
        error.status,
        `<Response><Errors><Error>${codeAndMessage(error)}</Error></Errors>${element("RequestID", requestId)}</Response>`,
      ),
  };
}

/** The query protocol of IAM, STS, RDS, CloudFormation and others. */
export function awsQuery(xmlNamespace: string): Protocol {
  return {
    operationNameOf: (request) => (request.isForm ? (request.form.get("Action") ?? undefined) : undefined),
    read: (operation, request) => readForm(operation.input, request.form, AWS_QUERY),
    write: ({ name, output: schema }, output, requestId) => {
      const result = `<${name}Result>${writeXml(schema, output)}</${name}Result>`;
      const metadata = `<ResponseMetadata>${element("RequestId", requestId)}</ResponseMetadata>`;
      return xml(200, response(name, xmlNamespace, result + metadata));
    },
    writeError: (error, requestId) => {
      const fault = element("Type", error.status < 500 ? "Sender" : "Receiver") + codeAndMessage(error);
      const content = `<Error>${fault}</Error>${element("RequestId", requestId)}`;
      return xml(error.status, `<ErrorResponse xmlns="${xmlNamespace}">${content}</ErrorResponse>`);
    },
  };
}

function response(operationName: string, xmlNamespace: string, content: string): string {
  return `<${operationName}Response xmlns="${xmlNamespace}">${content}</${operationName}Response>`;
}

function codeAndMessage(error: AwsError): string {
  return element("Code", error.code) + element("Message", error.message);
}

function xml(status: number, content: string): WireAnswer {
  return { status, headers: XML, body: `<?xml version="1.0" encoding="UTF-8"?>\n${content}` };
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cliConfigText, parseCliConfig } from "../../../src/cli/terraform/cli-config.ts";
import { withoutCredentials } from "../../../src/cli/terraform/credentials.ts";

describe("a CLI configuration", () => {
  test("as Terraform's documentation writes it", () => {
    const text = `
# a comment with { and "quotes"
plugin_cache_dir   = "$HOME/.terraform.d/plugin-cache"
disable_checkpoint = true
credentials "app.terraform.io" { token = "x.y" }
provider_installation {
  /* filesystem_mirror { path = "/commented/out" } */
  filesystem_mirror {
    path    = "/usr/share/terraform \\"providers\\""
    include = ["example.com/*/*"]
  }
  filesystem_mirror { path = "/second" } // last
  network_mirror { url = "https://terraform.example.com/providers/" }
  dev_overrides { "hashicorp/aws" = "/home/me/aws" }
  direct {
    exclude = ["example.com/*/*", "hashicorp/aws"]
  }
}`;
    expect(parseCliConfig(text)).toEqual({
      pluginCacheDir: "$HOME/.terraform.d/plugin-cache",
      installation: {
        mirrors: ['/usr/share/terraform "providers"', "/second"],
        networkMirrors: ["https://terraform.example.com/providers/"],
        overrides: { "hashicorp/aws": "/home/me/aws" },
        direct: ["example.com/*/*", "hashicorp/aws"],
      },
    });
  });

  test("without provider_installation leaves Terraform's implied places", () => {
    expect(parseCliConfig('plugin_cache_dir = "/cache"')).toEqual({ pluginCacheDir: "/cache" });
    expect(parseCliConfig("")).toEqual({});
  });

  test("whatever stands in the file, reading it ends and does not fail", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      "=",
      ",",
      '"',
      '"a"',
      "provider_installation",
      "direct",
      "\n",
      "#",
      "/*",
      "\\",
    );
    const config = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => pieces.join(" ")),
    );
    fc.assert(
      fc.property(config, (text) => void parseCliConfig(text)),
      { numRuns: 500 },
    );
    expect(() => parseCliConfig("a {".repeat(100_000))).not.toThrow();
  });

  test("with mirrors added says what it was told, whatever their paths are called", () => {
    const mirror = fc.record({
      path: fc.string({ minLength: 1 }),
      providers: fc.array(fc.string({ minLength: 1 }), { minLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(mirror, { minLength: 1 }), (mirrors) => {
        const written = cliConfigText('plugin_cache_dir = "/mine"', mirrors);
        const { pluginCacheDir, installation } = parseCliConfig(written);
        expect(pluginCacheDir).toBe("/mine");
        expect(installation?.mirrors).toEqual(mirrors.map(({ path }) => path));
        expect(new Set(installation?.direct)).toEqual(new Set(mirrors.flatMap(({ providers }) => providers)));
      }),
    );
  });
});

describe("credentials in a CLI configuration", () => {
  test("are taken out of the text and handed on in the environment", () => {
    const text = `disable_checkpoint = true
credentials "app.terraform.io" { token = "one.atlasv1" }
credentials "my-registry.example.com" {
  # } "
  token = "two}"
}
plugin_cache_dir = "/cache"
`;
    const without = withoutCredentials(text);
    expect(without.environment).toEqual({
      TF_TOKEN_app_terraform_io: "one.atlasv1",
      TF_TOKEN_my__registry_example_com: "two}",
    });
    expect(without.text.split(/\n+/)).toEqual(["disable_checkpoint = true", 'plugin_cache_dir = "/cache"', ""]);
  });
});

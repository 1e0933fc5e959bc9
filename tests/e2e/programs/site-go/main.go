// A network and a site, in Go. It drives the CLI by itself, as programs of the Automation API do: `site up`.
package main

import (
	"context"
	"fmt"
	"os"

	"example.com/pulumi-agentic/sdk/go/agentic"
	"example.com/pulumi-agentic/sdk/go/agentic/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func program(ctx *pulumi.Context) error {
	vpc, err := ec2.NewVpc(ctx, "net", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")})
	if err != nil {
		return err
	}
	site, err := agentic.NewStaticSite(ctx, "docs", &agentic.StaticSiteArgs{})
	if err != nil {
		return err
	}
	ctx.Export("vpcId", vpc.ID())
	ctx.Export("url", site.Url)
	return nil
}

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, operation string) error {
	stack, err := auto.UpsertStackInlineSource(ctx, "dev", "site-go", program)
	if err != nil {
		return err
	}
	if operation == "destroy" {
		_, err = stack.Destroy(ctx, optdestroy.ProgressStreams(os.Stdout))
		return err
	}
	_, err = stack.Up(ctx, optup.ProgressStreams(os.Stdout))
	return err
}

// A provider of one resource, as small as pulumi-go-provider makes it: what a plugin in Go costs before it does anything.
package main

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Task is a resource with arguments as deep as those of a task definition.
type Task struct{}

// Container is one container of a task.
type Container struct {
	Name        string            `pulumi:"name"`
	Image       string            `pulumi:"image"`
	Cpu         *int              `pulumi:"cpu,optional"`
	Memory      *int              `pulumi:"memory,optional"`
	Command     []string          `pulumi:"command,optional"`
	Environment map[string]string `pulumi:"environment,optional"`
	Ports       []int             `pulumi:"ports,optional"`
}

// TaskArgs is what a program gives.
type TaskArgs struct {
	Family     string            `pulumi:"family"`
	Containers []Container       `pulumi:"containers"`
	Tags       map[string]string `pulumi:"tags,optional"`
}

// TaskState is what the state holds.
type TaskState struct {
	TaskArgs
	Arn string `pulumi:"arn"`
}

// Create makes nothing anywhere.
func (Task) Create(_ context.Context, request infer.CreateRequest[TaskArgs]) (infer.CreateResponse[TaskState], error) {
	state := TaskState{TaskArgs: request.Inputs, Arn: "arn:" + request.Inputs.Family}
	return infer.CreateResponse[TaskState]{ID: request.Name, Output: state}, nil
}

func main() {
	provider, err := infer.NewProviderBuilder().WithResources(infer.Resource(Task{})).Build()
	if err == nil {
		err = p.RunProvider(context.Background(), "benchpeer", "0.1.0", provider)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
